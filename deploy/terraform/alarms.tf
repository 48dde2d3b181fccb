# The alarms, and who gets them.

resource "aws_sns_topic" "alerts" {
  name = "${var.name}-alerts"
  # Not encrypted by SNS's own key: CloudWatch can't publish to such a topic, and fails silently.
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AlarmsOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
      },
      {
        Sid       = "OnlyOverTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.alert_emails)

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  topic_arn = "arn:${local.partition}:sns:${var.region}:${local.account}:${var.name}-alerts"

  # Any of these within an hour is one too many; silence is good news.
  failures = {
    run-failures  = { metric = "RunFailures", says = "A run of the pipeline failed. Dagster's Runs page says why." }
    failed-checks = { metric = "FailedChecks", says = "An asset check failed. Dagster's Checks tab says which." }
  }
}

resource "aws_cloudwatch_metric_alarm" "failures" {
  for_each = local.failures

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = var.metrics_namespace
  metric_name         = each.value.metric
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

# On no day of the last week was the latest week complete: it is late, short, or nothing runs at all.
resource "aws_cloudwatch_metric_alarm" "latest_week" {
  alarm_name          = "${var.name}-latest-week-rows"
  alarm_description   = "For ${var.latest_week_silent_days} days no run has brought ${var.latest_week_rows_expected} rows or more for the latest week."
  namespace           = var.metrics_namespace
  metric_name         = "LatestWeekRows"
  statistic           = "Maximum"
  period              = 86400
  evaluation_periods  = var.latest_week_silent_days
  datapoints_to_alarm = var.latest_week_silent_days
  threshold           = var.latest_week_rows_expected
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

# A short week raises an alarm on its day: in the alarm above, good days of the week before would hide it.
resource "aws_cloudwatch_metric_alarm" "latest_week_short" {
  alarm_name          = "${var.name}-latest-week-short"
  alarm_description   = "The latest week has fewer than ${var.latest_week_rows_expected} rows: a chart is missing, or holed."
  namespace           = var.metrics_namespace
  metric_name         = "LatestWeekRows"
  statistic           = "Minimum"
  period              = 86400
  evaluation_periods  = 1
  threshold           = var.latest_week_rows_expected
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "ignore" # between two runs nothing is known that would change the verdict
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

locals {
  # What the runs measure of the weeks themselves. Between two runs nothing is known that would change the
  # verdict; where nothing runs at all, the alarm on LatestWeekRows goes off.
  weeks = {
    missing-charts = {
      metric    = "MissingCharts"
      threshold = 1
      days      = var.missing_charts_days
      says      = "For ${var.missing_charts_days} days of runs, charts of the latest week are missing. The check expected_charts_collected names them, and why."
    }
    latest-week-age = {
      metric    = "LatestWeekAgeDays"
      threshold = var.latest_week_age_days
      days      = 1
      says      = "Runs go through, but the latest week with songs closed ${var.latest_week_age_days} days ago or more."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "weeks" {
  for_each = local.weeks

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = var.metrics_namespace
  metric_name         = each.value.metric
  statistic           = "Minimum" # a day counts as its best run has left it
  period              = 86400
  evaluation_periods  = each.value.days
  datapoints_to_alarm = each.value.days
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}
