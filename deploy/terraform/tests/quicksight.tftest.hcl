# QuickSight is only made for a named user. What the analysis refers to is checked in test_quicksight.py, from
# the state that the run `an_analysis_over_five_views` ends with.

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
  mock_resource "aws_quicksight_data_source" {
    defaults = { arn = "arn:aws:quicksight:eu-north-1:123456789012:datasource/spotify_charts-athena" }
  }
  mock_resource "aws_quicksight_data_set" {
    defaults = { arn = "arn:aws:quicksight:eu-north-1:123456789012:dataset/made" }
  }
}

variables {
  region             = "eu-north-1"
  run_dagster_on_ecs = false
}

run "nothing_of_quicksight_is_made_by_default" {
  command = plan
  assert {
    condition = (
      length(aws_quicksight_data_source.charts) + length(aws_quicksight_data_set.charts) +
      length(aws_quicksight_analysis.charts) == 0
    )
    error_message = "QuickSight, which costs by the month, is used without being asked for."
  }
}

run "an_analysis_over_five_views" {
  variables {
    quicksight_user  = "arn:aws:quicksight:us-east-1:123456789012:user/default/ida"
    quicksight_chart = "global"
  }
  assert {
    condition     = one(aws_quicksight_data_source.charts["charts"].parameters[0].athena).work_group == aws_athena_workgroup.charts.name
    error_message = "QuickSight queries outside the work group, and so without its scan limit."
  }
  assert {
    condition = alltrue([
      for view, set in aws_quicksight_data_set.charts :
      set.import_mode == "DIRECT_QUERY" && set.data_set_id == "spotify_charts-${view}" &&
      one(set.physical_table_map).relational_table[0].schema == "spotify_charts" &&
      one(set.physical_table_map).relational_table[0].name == view
    ]) && length(aws_quicksight_data_set.charts) == 5
    error_message = "A data set isn't over a view of the database."
  }
  assert {
    condition = alltrue([
      for permission in concat(
        tolist(aws_quicksight_data_source.charts["charts"].permission),
        flatten([for set in aws_quicksight_data_set.charts : tolist(set.permissions)]),
        tolist(aws_quicksight_analysis.charts["charts"].permissions),
      ) : permission.principal == var.quicksight_user
    ])
    error_message = "Somebody else than the named user gets rights."
  }
}

run "a_user_that_is_not_quicksights_is_refused" {
  command = plan
  variables {
    quicksight_user = "arn:aws:iam::123456789012:user/ida"
  }
  expect_failures = [var.quicksight_user]
}
