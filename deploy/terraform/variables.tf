# What can be chosen for the data part; the variables of Dagster on ECS are in variables_ecs.tf.

variable "name" {
  description = "Begins the name of everything that is made."
  type        = string
  default     = "spotify-charts"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "name is 3 to 24 small letters, digits and hyphens, like spotify-charts."
  }
}

variable "region" {
  description = "The AWS region, like eu-north-1."
  type        = string
}

variable "tags" {
  description = "Further tags for everything; `project` is set already."
  type        = map(string)
  default     = {}
}

variable "run_dagster_on_ecs" {
  description = "Whether Dagster runs here, on ECS Fargate. With false only the data part is made: bucket, Glue, Athena, roles, secret, alarms."
  type        = bool
  default     = true
}

variable "bucket_name" {
  description = "The bucket; by default the name, the account and the region, which is free in all likelihood."
  type        = string
  default     = null
}

variable "base_prefix" {
  description = "The folder of the bucket that is the pipeline's base."
  type        = string
  default     = "charts"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9/-]*[a-z0-9]$", var.base_prefix)) && !strcontains(var.base_prefix, "//")
    error_message = "base_prefix is a folder like charts or music/charts, without slashes at its ends."
  }
}

variable "kms_key_arn" {
  description = "The ARN of a KMS key that encrypts the pipeline's files. Empty leaves it to S3's own key. The key's policy has to let IAM policies of this account decide, as new keys do."
  type        = string
  default     = ""

  validation {
    condition     = var.kms_key_arn == "" || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn is empty or the ARN of a key, not of an alias, like arn:aws:kms:eu-north-1:123456789012:key/..."
  }
}

variable "old_versions_days" {
  description = "For how many days a file's older version is kept after it was overwritten or deleted."
  type        = number
  default     = 90

  validation {
    condition     = var.old_versions_days >= 1
    error_message = "old_versions_days is at least 1."
  }
}

variable "delete_data_on_destroy" {
  description = "Whether destroying may delete the collected charts, Dagster's history and the images. Leave it at false."
  type        = bool
  default     = false
}

variable "athena_scan_limit_bytes" {
  description = "A query that reads more than this is stopped. Athena accepts no less than 10 MB."
  type        = number
  default     = 1073741824

  validation {
    condition     = var.athena_scan_limit_bytes >= 10485760
    error_message = "athena_scan_limit_bytes is at least 10485760, which is 10 MB."
  }
}

variable "pipeline_trusted_principals" {
  description = "ARNs of the users and roles that may take on the pipeline's role, where Dagster runs elsewhere."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.pipeline_trusted_principals : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:", arn))])
    error_message = "pipeline_trusted_principals has to be ARNs like arn:aws:iam::123456789012:role/dagster, and never *."
  }
}

variable "metrics_namespace" {
  description = "The CloudWatch namespace of the pipeline's metrics."
  type        = string
  default     = "SpotifyCharts"

  validation {
    condition     = can(regex("^[A-Za-z0-9_./#-]{1,255}$", var.metrics_namespace)) && !startswith(var.metrics_namespace, "AWS/")
    error_message = "metrics_namespace is letters, digits and . _ / # -, and doesn't begin with AWS/."
  }
}

variable "alert_emails" {
  description = "Who gets alerts by mail. Each address has to confirm a mail from AWS once."
  type        = list(string)
  default     = []
}

variable "latest_week_rows_expected" {
  description = "The fewest rows that a whole latest week has: 200 for each chart."
  type        = number
  default     = 400
}

variable "latest_week_silent_days" {
  description = "After how many days without enough rows the alarm goes off. CloudWatch looks back 7 at most."
  type        = number
  default     = 7

  validation {
    condition     = var.latest_week_silent_days >= 1 && var.latest_week_silent_days <= 7
    error_message = "latest_week_silent_days is 1 to 7: CloudWatch looks back no further."
  }
}

variable "missing_charts_days" {
  description = "On how many days of runs charts of the latest week may be missing before the alarm goes off. On its first day a week is seldom whole."
  type        = number
  default     = 3

  validation {
    condition     = var.missing_charts_days >= 1 && var.missing_charts_days <= 7
    error_message = "missing_charts_days is 1 to 7: CloudWatch looks back no further."
  }
}

variable "latest_week_age_days" {
  description = "The alarm goes off when the latest week with songs closed so many days ago. A whole week has 0 to 7, and some more until the next one is there."
  type        = number
  default     = 10

  validation {
    condition     = var.latest_week_age_days > 7
    error_message = "latest_week_age_days is more than 7: the latest week gets that old by itself before the next one closes."
  }
}

variable "ui_url" {
  description = "Where people open Dagster's UI, like https://dagster.example.org: the check report links there. Empty takes the web server's address within the network; where Dagster runs elsewhere, it sets no address."
  type        = string
  default     = ""

  validation {
    condition     = var.ui_url == "" || can(regex("^https?://[^/?#@[:space:]]+(/[^?#[:space:]]*)?$", var.ui_url))
    error_message = "ui_url is empty or an address like https://dagster.example.org, without a user name, ? or #."
  }
}

variable "secret_recovery_days" {
  description = "For how many days the deleted Spotify secret can be restored: 0, or 7 to 30."
  type        = number
  default     = 7

  validation {
    condition     = var.secret_recovery_days == 0 || (var.secret_recovery_days >= 7 && var.secret_recovery_days <= 30)
    error_message = "secret_recovery_days is 0, or 7 to 30."
  }
}

variable "quicksight_user" {
  description = "The ARN of the QuickSight user who gets an analysis of the charts, like arn:aws:quicksight:eu-north-1:123456789012:user/default/ida. Empty makes nothing in QuickSight."
  type        = string
  default     = ""

  validation {
    condition     = var.quicksight_user == "" || can(regex("^arn:[a-z-]+:quicksight:[a-z0-9-]+:[0-9]{12}:user/[^/]+/.+$", var.quicksight_user))
    error_message = "quicksight_user is empty or a QuickSight user's ARN; aws quicksight list-users --aws-account-id ACCOUNT --namespace default lists them."
  }
}

variable "quicksight_chart" {
  description = "The chart that the analysis in QuickSight shows when it is opened."
  type        = string
  default     = "norway"
}
