# Who reaches whom: security groups, and names for the services within the network.

locals {
  dns_zone      = "${var.name}.internal"
  web_port      = 3000
  code_port     = 4000
  postgres_port = 5432
  named         = var.run_dagster_on_ecs ? toset(["web", "code"]) : toset([])
}

resource "aws_security_group" "dagster" {
  count = local.on_ecs

  name        = "${var.name}-dagster"
  description = "Dagster's services and runs"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "web" {
  count = local.on_ecs

  name        = "${var.name}-web"
  description = "Who may open Dagster's web server"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "database" {
  count = local.on_ecs

  name        = "${var.name}-database"
  description = "Dagster's Postgres"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "dagster" {
  count = local.on_ecs

  security_group_id = aws_security_group.dagster[0].id
  description       = "AWS, Spotify, the database"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_ingress_rule" "code" {
  count = local.on_ecs

  security_group_id            = aws_security_group.dagster[0].id
  referenced_security_group_id = aws_security_group.dagster[0].id
  description                  = "Web server and daemon to the code location"
  ip_protocol                  = "tcp"
  from_port                    = local.code_port
  to_port                      = local.code_port
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  for_each = var.run_dagster_on_ecs ? toset(var.web_server_allowed_cidrs) : toset([])

  security_group_id = aws_security_group.web[0].id
  description       = "People"
  ip_protocol       = "tcp"
  from_port         = local.web_port
  to_port           = local.web_port
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  count = local.on_ecs

  security_group_id            = aws_security_group.database[0].id
  referenced_security_group_id = aws_security_group.dagster[0].id
  description                  = "Dagster's services and runs"
  ip_protocol                  = "tcp"
  from_port                    = local.postgres_port
  to_port                      = local.postgres_port
}

resource "aws_service_discovery_private_dns_namespace" "dagster" {
  count = local.on_ecs

  name = local.dns_zone
  vpc  = var.vpc_id
}

resource "aws_service_discovery_service" "dagster" {
  for_each = local.named

  name = each.value

  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.dagster[0].id

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}
