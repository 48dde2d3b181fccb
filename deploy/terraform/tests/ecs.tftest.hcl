# What is required of Dagster on ECS: no plain secrets, nothing open to the world, no rights to spare.

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
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/made" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-north-1:123456789012:cluster/spotify-charts" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-north-1:123456789012:task-definition/made:1" }
  }
  mock_resource "aws_service_discovery_service" {
    defaults = { arn = "arn:aws:servicediscovery:eu-north-1:123456789012:service/srv-made" }
  }
  mock_resource "aws_db_instance" {
    defaults = {
      address            = "made.rds.example"
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:rds-made" }]
    }
  }
}

variables {
  region                   = "eu-north-1"
  vpc_id                   = "vpc-0a"
  private_subnet_ids       = ["subnet-0a", "subnet-0b"]
  image_tag                = "made-up"
  web_server_allowed_cidrs = ["10.20.0.0/16"]
  spotify_secret_keys      = ["SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET"]
}

run "secrets_come_by_reference_and_never_as_plain_variables" {
  assert {
    condition = alltrue(flatten([
      for task in concat(values(aws_ecs_task_definition.service), aws_ecs_task_definition.run) : [
        for container in jsondecode(task.container_definitions) : [
          for variable in container.environment :
          !can(regex("PASSWORD|SECRET|TOKEN|CLIENT_ID", variable.name))
        ]
      ]
    ]))
    error_message = "A container gets a secret as a plain variable."
  }
  assert {
    condition = { for s in jsondecode(aws_ecs_task_definition.run[0].container_definitions)[0].secrets : s.name => s.valueFrom } == {
      DAGSTER_POSTGRES_PASSWORD = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:rds-made:password::"
      SPOTIPY_CLIENT_ID         = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:spotify-charts/spotify-abc:SPOTIPY_CLIENT_ID::"
      SPOTIPY_CLIENT_SECRET     = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:spotify-charts/spotify-abc:SPOTIPY_CLIENT_SECRET::"
    }
    error_message = "A run gets other secrets than it needs."
  }
  assert {
    condition = alltrue([
      for service in ["web", "daemon"] :
      jsondecode(aws_ecs_task_definition.service[service].container_definitions)[0].secrets[*].name == ["DAGSTER_POSTGRES_PASSWORD"]
    ])
    error_message = "The web server or the daemon knows Spotify's credentials."
  }
}

run "reports_link_to_the_web_server_that_is_made" {
  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.run[0].container_definitions)[0].environment,
      { name = "SPOTIFY_ASSETS_UI_URL", value = output.web_server_address },
    )
    error_message = "The check report links to another Dagster than the one that makes it."
  }
}

run "reports_link_to_the_address_that_people_open" {
  variables {
    ui_url = "https://dagster.example.org/charts"
  }
  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.run[0].container_definitions)[0].environment,
      { name = "SPOTIFY_ASSETS_UI_URL", value = "https://dagster.example.org/charts" },
    )
    error_message = "The check report doesn't link to where people open Dagster."
  }
}

run "rds_makes_the_password_and_nobody_outside_reaches_it" {
  assert {
    condition = (
      aws_db_instance.dagster[0].manage_master_user_password && aws_db_instance.dagster[0].password == null &&
      aws_db_instance.dagster[0].storage_encrypted && !aws_db_instance.dagster[0].publicly_accessible &&
      aws_db_instance.dagster[0].deletion_protection && !aws_db_instance.dagster[0].skip_final_snapshot
    )
    error_message = "The database is open, unprotected, or has a password that Terraform knows."
  }
}

run "services_have_no_public_address_and_the_web_server_opens_to_the_named_networks" {
  assert {
    condition     = alltrue([for service in aws_ecs_service.dagster : !service.network_configuration[0].assign_public_ip])
    error_message = "A service has a public address."
  }
  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.web : rule.cidr_ipv4] == ["10.20.0.0/16"]
    error_message = "The web server opens to others than the named networks."
  }
}

run "there_is_never_a_second_daemon" {
  assert {
    condition = (
      aws_ecs_service.dagster["daemon"].desired_count == 1 &&
      aws_ecs_service.dagster["daemon"].deployment_maximum_percent == 100
    )
    error_message = "Two daemons would tick twice while a new version is rolled out."
  }
}

run "the_launcher_starts_its_own_task_definition_only" {
  assert {
    condition = [
      for s in jsondecode(aws_iam_role_policy.launch[0].policy).Statement : s.Action if contains(flatten([s.Resource]), "*")
    ] == [["ecs:DescribeTaskDefinition", "ec2:DescribeNetworkInterfaces"]]
    error_message = "The launcher may do more than look things up in the whole account."
  }
  assert {
    condition = !can(regex("RegisterTaskDefinition|ListSecrets|s3:Delete", join(" ", [
      aws_iam_role_policy.launch[0].policy, aws_iam_role_policy.compute_logs["dagster"].policy,
    ])))
    error_message = "The launcher has rights to spare."
  }
}

run "the_whole_internet_is_refused" {
  command = plan
  variables {
    web_server_allowed_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.web_server_allowed_cidrs]
}

run "what_is_needed_is_asked_for" {
  command = plan
  variables {
    vpc_id             = null
    private_subnet_ids = ["subnet-0a"]
    image_tag          = null
  }
  expect_failures = [var.vpc_id, var.private_subnet_ids, var.image_tag]
}
