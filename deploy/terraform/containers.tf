# What is in a container: its image, its command, its variables and secrets. What runs it is in ecs.tf.

locals {
  image        = var.run_dagster_on_ecs ? "${aws_ecr_repository.dagster[0].repository_url}:${coalesce(var.image_tag, "none")}" : null
  log_group    = "/${var.name}/dagster"
  cluster_name = var.name
  run_family   = "${var.name}-run"
  workspace    = "/opt/dagster/workspace.yaml"

  # Fargate wants certain pairs of CPU units and MB.
  services = !var.run_dagster_on_ecs ? {} : {
    web = {
      command     = ["dagster-webserver", "-h", "0.0.0.0", "-p", tostring(local.web_port), "-w", local.workspace]
      port        = local.web_port
      role        = aws_iam_role.dagster[0].arn
      environment = local.launch_settings
      secrets     = {}
      cpu         = 256
      memory      = 1024
    }
    daemon = {
      command     = ["dagster-daemon", "run", "-w", local.workspace]
      port        = null
      role        = aws_iam_role.dagster[0].arn
      environment = local.launch_settings
      secrets     = {}
      cpu         = 256
      memory      = 1024
    }
    code = {
      command     = ["dagster", "code-server", "start", "-h", "0.0.0.0", "-p", tostring(local.code_port), "-m", "spotify_assets.definitions"]
      port        = local.code_port
      role        = aws_iam_role.pipeline[0].arn
      environment = local.pipeline_settings
      secrets     = local.spotify_secrets
      cpu         = 512
      memory      = 1024
    }
  }

  # deploy/dagster.yaml, deploy/dagster_on_ecs.yaml and, the last one, Postgres's client read these.
  instance_settings = !var.run_dagster_on_ecs ? {} : {
    DAGSTER_POSTGRES_HOST       = aws_db_instance.dagster[0].address
    DAGSTER_POSTGRES_USER       = aws_db_instance.dagster[0].username
    DAGSTER_POSTGRES_DB         = aws_db_instance.dagster[0].db_name
    DAGSTER_COMPUTE_LOGS_BUCKET = aws_s3_bucket.charts.bucket
    DAGSTER_COMPUTE_LOGS_PREFIX = local.compute_logs
    DAGSTER_CODE_HOST           = "code.${local.dns_zone}"
    AWS_DEFAULT_REGION          = var.region
    PGSSLMODE                   = "require"
  }
  launch_settings = !var.run_dagster_on_ecs ? {} : {
    DAGSTER_RUN_TASK_DEFINITION = aws_ecs_task_definition.run[0].arn
  }

  # "arn:key::" is one key of a secret that is a JSON object.
  database_secret = !var.run_dagster_on_ecs ? {} : {
    DAGSTER_POSTGRES_PASSWORD = "${aws_db_instance.dagster[0].master_user_secret[0].secret_arn}:password::"
  }
  spotify_secrets = {
    for key in var.spotify_secret_keys : key => "${aws_secretsmanager_secret.spotify.arn}:${key}::"
  }

  log_configuration = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = local.log_group
      awslogs-region        = var.region
      awslogs-stream-prefix = "dagster"
    }
  }

  service_containers = {
    for service, its in local.services : service => {
      name             = service
      image            = local.image
      command          = its.command
      essential        = true
      environment      = [for name, value in merge(local.instance_settings, its.environment) : { name = name, value = value }]
      secrets          = [for name, source in merge(local.database_secret, its.secrets) : { name = name, valueFrom = source }]
      portMappings     = its.port == null ? [] : [{ containerPort = its.port, hostPort = its.port, protocol = "tcp" }]
      logConfiguration = local.log_configuration
      linuxParameters  = { initProcessEnabled = true }

      # A service whose password has been changed since it started is replaced, and gets the new one.
      healthCheck = {
        command     = concat(["CMD", "python", "/opt/dagster/health.py"], its.port == null ? [] : [tostring(its.port)])
        interval    = 60
        timeout     = 20
        retries     = 3
        startPeriod = 180
      }
    }
  }

  # The launcher sets the command; "run" is the name that it looks for.
  run_container = {
    name             = "run"
    image            = local.image
    essential        = true
    environment      = [for name, value in merge(local.instance_settings, local.pipeline_settings) : { name = name, value = value }]
    secrets          = [for name, source in merge(local.database_secret, local.spotify_secrets) : { name = name, valueFrom = source }]
    logConfiguration = local.log_configuration
    linuxParameters  = { initProcessEnabled = true }
  }
}
