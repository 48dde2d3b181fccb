# Dagster on Fargate: three services that are always there, and a task for each run.

resource "aws_ecr_repository" "dagster" {
  count = local.on_ecs

  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.delete_data_on_destroy

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "dagster" {
  count = local.on_ecs

  repository = aws_ecr_repository.dagster[0].name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "The last twenty images are enough to go back."
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 20 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "dagster" {
  count = local.on_ecs

  name              = local.log_group
  retention_in_days = var.log_days
}

resource "aws_ecs_cluster" "dagster" {
  count = local.on_ecs

  name = local.cluster_name

  setting {
    name  = "containerInsights"
    value = "disabled" # Dagster shows more about runs, for free
  }
}

resource "aws_ecs_task_definition" "service" {
  for_each = local.services

  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  execution_role_arn       = aws_iam_role.execution[0].arn
  task_role_arn            = each.value.role
  container_definitions    = jsonencode([local.service_containers[each.key]])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }
}

resource "aws_ecs_task_definition" "run" {
  count = local.on_ecs

  family                   = local.run_family
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.run_cpu
  memory                   = var.run_memory
  execution_role_arn       = aws_iam_role.execution[0].arn
  task_role_arn            = aws_iam_role.pipeline[0].arn
  container_definitions    = jsonencode([local.run_container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }
}

resource "aws_ecs_service" "dagster" {
  for_each = local.services

  name            = each.key
  cluster         = aws_ecs_cluster.dagster[0].id
  task_definition = aws_ecs_task_definition.service[each.key].arn
  desired_count   = 1
  launch_type     = "FARGATE"

  # Two daemons would tick twice: the old one ends before the new one starts. A web server overlaps.
  deployment_minimum_healthy_percent = each.key == "web" ? 100 : 0
  deployment_maximum_percent         = each.key == "web" ? 200 : 100

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets = var.private_subnet_ids
    security_groups = concat(
      [aws_security_group.dagster[0].id],
      each.key == "web" ? [aws_security_group.web[0].id] : [],
    )
    assign_public_ip = false
  }

  dynamic "service_registries" {
    for_each = contains(local.named, each.key) ? [each.key] : []

    content {
      registry_arn = aws_service_discovery_service.dagster[each.key].arn
    }
  }

  # A task that starts before it may read its secrets or its image fails.
  depends_on = [
    aws_cloudwatch_log_group.dagster,
    aws_iam_role_policy.execution,
    aws_iam_role_policy.launch,
    aws_iam_role_policy.compute_logs,
    aws_iam_role_policy_attachment.pipeline,
    aws_vpc_security_group_egress_rule.dagster,
    aws_vpc_security_group_ingress_rule.database,
  ]
}
