# What is required of the data part, wherever Dagster runs. Nothing is made: the provider is a mock.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:spotify-charts/spotify-abc" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-north-1:123456789012:spotify-charts-alerts" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/spotify-charts-pipeline" }
  }
}

variables {
  region             = "eu-north-1"
  run_dagster_on_ecs = false
}

run "the_bucket_keeps_everything_safe" {
  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.charts.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "The bucket isn't encrypted."
  }
  assert {
    condition     = aws_s3_bucket_versioning.charts.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket keeps no versions."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.charts.block_public_acls,
      aws_s3_bucket_public_access_block.charts.block_public_policy,
      aws_s3_bucket_public_access_block.charts.ignore_public_acls,
      aws_s3_bucket_public_access_block.charts.restrict_public_buckets,
    ])
    error_message = "The bucket may be made public."
  }
  assert {
    condition     = !aws_s3_bucket.charts.force_destroy
    error_message = "Destroying would delete the charts without being asked to."
  }
}

run "the_bucket_answers_over_tls_only" {
  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.charts.policy).Statement :
      statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*" &&
      length(statement.Resource) == 2 && statement.Condition.Bool["aws:SecureTransport"] == "false"
    ])
    error_message = "The bucket answers without TLS."
  }
}

run "only_old_versions_and_temporary_files_expire" {
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.charts.rule :
      contains(["_athena_results/", "_dagster_logs/"], rule.filter[0].prefix)
      if anytrue([for expiry in rule.expiration : coalesce(expiry.days, 0) > 0])
    ])
    error_message = "Charts expire."
  }
  assert {
    condition = anytrue([
      for rule in aws_s3_bucket_lifecycle_configuration.charts.rule :
      one(rule.noncurrent_version_expiration[*].noncurrent_days) == 90 && rule.filter[0].prefix == ""
    ])
    error_message = "Old versions are kept for ever."
  }
}

run "a_query_is_stopped_at_the_limit" {
  assert {
    condition = (
      aws_athena_workgroup.charts.configuration[0].bytes_scanned_cutoff_per_query == 1073741824 &&
      aws_athena_workgroup.charts.configuration[0].enforce_workgroup_configuration
    )
    error_message = "A query may read without limit."
  }
}

run "failures_and_failed_checks_raise_an_alarm_and_silence_does_not" {
  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.failures :
      alarm.treat_missing_data == "notBreaching" && alarm.threshold == 1 && alarm.statistic == "Sum" &&
      alarm.namespace == "SpotifyCharts" && alarm.alarm_actions == toset([aws_sns_topic.alerts.arn])
    ])
    error_message = "A failure raises no alarm, or its absence does."
  }
  assert {
    condition     = toset([for alarm in aws_cloudwatch_metric_alarm.failures : alarm.metric_name]) == toset(["RunFailures", "FailedChecks"])
    error_message = "The alarms watch other metrics than the pipeline puts."
  }
}

run "a_latest_week_that_is_short_or_missing_raises_an_alarm" {
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.latest_week.treat_missing_data == "breaching" &&
      aws_cloudwatch_metric_alarm.latest_week.metric_name == "LatestWeekRows" &&
      aws_cloudwatch_metric_alarm.latest_week.comparison_operator == "LessThanThreshold" &&
      aws_cloudwatch_metric_alarm.latest_week.threshold == 400 &&
      aws_cloudwatch_metric_alarm.latest_week.alarm_actions == toset([aws_sns_topic.alerts.arn])
    )
    error_message = "A week that doesn't come goes unnoticed."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.latest_week.period * aws_cloudwatch_metric_alarm.latest_week.evaluation_periods <= 604800
    error_message = "CloudWatch looks back seven days at most."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.latest_week_short.evaluation_periods == 1
    error_message = "A short week raises its alarm late."
  }
}

run "charts_that_stay_missing_and_weeks_that_get_old_raise_an_alarm" {
  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.weeks : alarm.metric_name => [alarm.threshold, alarm.evaluation_periods] } == {
      MissingCharts     = [1, 3]
      LatestWeekAgeDays = [10, 1]
    }
    error_message = "Charts may stay missing, or the latest week get old, without an alarm."
  }
  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.weeks :
      alarm.comparison_operator == "GreaterThanOrEqualToThreshold" && alarm.statistic == "Minimum" &&
      alarm.treat_missing_data == "ignore" && alarm.namespace == "SpotifyCharts" &&
      alarm.datapoints_to_alarm == alarm.evaluation_periods && alarm.period == 86400 &&
      alarm.alarm_actions == toset([aws_sns_topic.alerts.arn])
    ])
    error_message = "An alarm on the weeks goes off without a cause, or reaches nobody."
  }
}

run "nothing_of_dagster_is_made" {
  assert {
    condition = (
      length(aws_ecs_cluster.dagster) + length(aws_db_instance.dagster) + length(aws_ecs_service.dagster) +
      length(aws_security_group.dagster) + length(aws_ecr_repository.dagster) + length(aws_iam_role.execution) +
      length(aws_ecs_task_definition.service) + length(aws_ecs_task_definition.run) == 0
    )
    error_message = "The data part brings Dagster with it."
  }
  assert {
    condition     = length(aws_iam_role.pipeline) == 0
    error_message = "There is a role that nobody may take on."
  }
}

run "a_role_is_made_for_whom_it_is_named" {
  variables {
    pipeline_trusted_principals = ["arn:aws:iam::123456789012:role/dagster"]
  }
  assert {
    condition     = jsondecode(aws_iam_role.pipeline[0].assume_role_policy).Statement[*].Principal.AWS == [["arn:aws:iam::123456789012:role/dagster"]]
    error_message = "Others may take on the pipeline's role, or nobody."
  }
}

run "no_address_of_dagsters_ui_is_made_up" {
  assert {
    condition     = !contains(keys(output.pipeline_settings), "SPOTIFY_ASSETS_UI_URL")
    error_message = "The check report would link to a Dagster that isn't there."
  }
}

run "the_address_of_dagsters_ui_is_handed_on" {
  variables {
    ui_url = "https://dagster.example.org"
  }
  assert {
    condition     = output.pipeline_settings.SPOTIFY_ASSETS_UI_URL == "https://dagster.example.org"
    error_message = "The check report doesn't link to the Dagster that was named."
  }
  assert {
    condition     = strcontains(output.environment_file, "SPOTIFY_ASSETS_UI_URL=https://dagster.example.org")
    error_message = "The .env file lacks the address of Dagster's UI."
  }
}

run "wrong_values_are_refused" {
  command = plan
  variables {
    pipeline_trusted_principals = ["*"]
    latest_week_silent_days     = 8
    latest_week_age_days        = 7
    missing_charts_days         = 8
    base_prefix                 = "/charts/"
    athena_scan_limit_bytes     = 1000
    ui_url                      = "dagster.example.org"
  }
  expect_failures = [
    var.pipeline_trusted_principals, var.latest_week_silent_days, var.base_prefix, var.athena_scan_limit_bytes,
    var.latest_week_age_days, var.missing_charts_days, var.ui_url,
  ]
}
