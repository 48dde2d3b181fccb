# What one needs to go on: the pipeline's settings, and the names of what was made.

locals {
  # The settings that name what is made here; spotify_assets/settings.py says what each means.
  pipeline_settings = merge({
    SPOTIFY_ASSETS_BASE              = "s3://${aws_s3_bucket.charts.bucket}/${var.base_prefix}"
    SPOTIFY_ASSETS_CATALOG           = "glue"
    SPOTIFY_ASSETS_GLUE_DATABASE     = aws_glue_catalog_database.charts.name
    SPOTIFY_ASSETS_ATHENA_WORKGROUP  = aws_athena_workgroup.charts.name
    SPOTIFY_ASSETS_ALERT_TOPIC       = aws_sns_topic.alerts.arn
    SPOTIFY_ASSETS_METRICS_NAMESPACE = var.metrics_namespace
    AWS_DEFAULT_REGION               = var.region
    }, local.ui_url == "" ? {} : {
    SPOTIFY_ASSETS_UI_URL = local.ui_url
    }, var.kms_key_arn == "" ? {} : {
    SPOTIFY_ASSETS_S3_ENCRYPTION = var.kms_key_arn
  })
  web_server_address = var.run_dagster_on_ecs ? "http://web.${local.dns_zone}:${local.web_port}" : null
  ui_url             = try(coalesce(var.ui_url, local.web_server_address), "")
}

output "pipeline_settings" {
  description = "The variables that the pipeline reads, but for Spotify's credentials."
  value       = local.pipeline_settings
}

output "environment_file" {
  description = "The same as the lines of a .env file."
  value       = join("\n", [for name, value in local.pipeline_settings : "${name}=${value}"])
}

output "pipeline_policy_arn" {
  description = "What the pipeline may do, to be attached to a role of yours."
  value       = aws_iam_policy.pipeline.arn
}

output "pipeline_role_arn" {
  description = "The pipeline's role; null where nobody was named who may take it on."
  value       = one(aws_iam_role.pipeline[*].arn)
}

output "spotify_secret_name" {
  description = "The secret for Spotify's credentials."
  value       = aws_secretsmanager_secret.spotify.name
}

output "image_repository" {
  description = "Where the image is pushed to; null without Dagster on ECS."
  value       = one(aws_ecr_repository.dagster[*].repository_url)
}

output "cluster" {
  description = "The ECS cluster; null without Dagster on ECS."
  value       = one(aws_ecs_cluster.dagster[*].name)
}

output "run_task_definition" {
  description = "The task definition that runs are started from; null without Dagster on ECS."
  value       = one(aws_ecs_task_definition.run[*].arn)
}

output "web_server_address" {
  description = "Dagster's web server, from within the network; null without Dagster on ECS."
  value       = local.web_server_address
}
