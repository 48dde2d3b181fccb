# The roles of Dagster's own services: what starts containers, and what starts runs. Neither reads charts.

locals {
  secret_arns = var.run_dagster_on_ecs ? [
    aws_db_instance.dagster[0].master_user_secret[0].secret_arn,
    aws_secretsmanager_secret.spotify.arn,
  ] : []
  logs_arn = "arn:${local.partition}:logs:${var.region}:${local.account}:log-group:${local.log_group}"
  ecs_arn  = "arn:${local.partition}:ecs:${var.region}:${local.account}"

  trust_tasks = {
    Effect    = "Allow"
    Principal = { Service = "ecs-tasks.amazonaws.com" }
    Action    = "sts:AssumeRole"
    Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
  }

  # Dagster shows what assets printed: runs put it there, the web server reads it.
  compute_logs_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "${local.bucket_arn}/${local.compute_logs}/*"
      },
      {
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = local.bucket_arn
        Condition = { StringLikeIfExists = { "s3:prefix" = "${local.compute_logs}/*" } }
      },
    ]
  }

  # What EcsRunLauncher calls, with a task definition that is fixed: it registers none of its own.
  launch_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "StartRuns"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "${local.ecs_arn}:task-definition/${local.run_family}:*"
        Condition = { ArnEquals = { "ecs:cluster" = "${local.ecs_arn}:cluster/${local.cluster_name}" } }
      },
      {
        Sid      = "WatchAndStopRuns"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTasks", "ecs:StopTask"]
        Resource = "${local.ecs_arn}:task/${local.cluster_name}/*"
      },
      {
        Sid       = "TagRuns"
        Effect    = "Allow"
        Action    = "ecs:TagResource"
        Resource  = "${local.ecs_arn}:task/${local.cluster_name}/*"
        Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
      },
      {
        Sid      = "LookUp"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTaskDefinition", "ec2:DescribeNetworkInterfaces"]
        Resource = "*" # AWS knows no narrower resource for these
      },
      {
        Sid       = "HandOverTheRolesOfRuns"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [for role in ["pipeline", "execution"] : "arn:${local.partition}:iam::${local.account}:role/${var.name}-${role}"]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        Sid      = "ShowWhyARunEnded"
        Effect   = "Allow"
        Action   = "logs:GetLogEvents"
        Resource = "${local.logs_arn}:log-stream:*"
      },
    ]
  }

  # What ECS itself needs to start a container: its image, its log, its secrets.
  execution_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*" # AWS knows no narrower resource
      },
      {
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:${local.partition}:ecr:${var.region}:${local.account}:repository/${var.name}"
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.logs_arn}:log-stream:*"
      },
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = local.secret_arns
      },
    ]
  }
}

resource "aws_iam_role" "dagster" {
  count = local.on_ecs

  name               = "${var.name}-dagster"
  description        = "Dagster's web server and daemon: they start runs."
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [local.trust_tasks] })
}

resource "aws_iam_role_policy" "launch" {
  count = local.on_ecs

  name   = "launch-runs"
  role   = aws_iam_role.dagster[0].id
  policy = jsonencode(local.launch_policy)
}

resource "aws_iam_role_policy" "compute_logs" {
  for_each = var.run_dagster_on_ecs ? {
    dagster  = aws_iam_role.dagster[0].id
    pipeline = aws_iam_role.pipeline[0].id
  } : {}

  name   = "compute-logs"
  role   = each.value
  policy = jsonencode(local.compute_logs_policy)
}

resource "aws_iam_role" "execution" {
  count = local.on_ecs

  name               = "${var.name}-execution"
  description        = "Starts the containers: image, log, secrets."
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [local.trust_tasks] })
}

resource "aws_iam_role_policy" "execution" {
  count = local.on_ecs

  name   = "start-containers"
  role   = aws_iam_role.execution[0].id
  policy = jsonencode(local.execution_policy)
}
