# Dagster's Postgres: runs, events, schedules. RDS makes the password and keeps it in a secret of its own;
# Terraform never sees it.

resource "aws_db_subnet_group" "dagster" {
  count = local.on_ecs

  name       = "${var.name}-dagster"
  subnet_ids = var.private_subnet_ids
}

resource "aws_db_instance" "dagster" {
  count = local.on_ecs

  identifier     = "${var.name}-dagster"
  engine         = "postgres"
  engine_version = "16"
  instance_class = var.database_instance_class
  db_name        = "dagster"
  username       = "dagster"

  manage_master_user_password = true

  allocated_storage     = 20
  max_allocated_storage = 100
  storage_type          = "gp3"
  storage_encrypted     = true

  db_subnet_group_name   = aws_db_subnet_group.dagster[0].name
  vpc_security_group_ids = [aws_security_group.database[0].id]
  publicly_accessible    = false

  auto_minor_version_upgrade = true
  backup_retention_period    = var.database_backup_days
  copy_tags_to_snapshot      = true
  deletion_protection        = !var.delete_data_on_destroy
  skip_final_snapshot        = var.delete_data_on_destroy
  final_snapshot_identifier  = "${var.name}-dagster-final"
}
