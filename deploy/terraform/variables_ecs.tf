# What can be chosen for Dagster on ECS. Without run_dagster_on_ecs none of it is read.

variable "vpc_id" {
  description = "The network that Dagster runs in."
  type        = string
  default     = null

  validation {
    condition     = !var.run_dagster_on_ecs || var.vpc_id != null
    error_message = "vpc_id is needed where run_dagster_on_ecs is true."
  }
}

variable "private_subnet_ids" {
  description = "Private subnets of that network, in two or more zones, from which AWS and Spotify can be reached (by NAT)."
  type        = list(string)
  default     = []

  validation {
    condition     = !var.run_dagster_on_ecs || length(var.private_subnet_ids) >= 2
    error_message = "private_subnet_ids needs two subnets or more, in different zones, where run_dagster_on_ecs is true."
  }
}

variable "web_server_allowed_cidrs" {
  description = "The networks that may open Dagster's web server, such as a VPN's. Dagster has no log-in: all who reach it may run everything."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.web_server_allowed_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "web_server_allowed_cidrs has to be networks like 10.20.0.0/16, and never the whole internet."
  }
}

variable "image_tag" {
  description = "The tag of the image in the repository that is made, such as a commit."
  type        = string
  default     = null

  validation {
    condition     = !var.run_dagster_on_ecs || var.image_tag != null
    error_message = "image_tag is needed where run_dagster_on_ecs is true."
  }
}

variable "cpu_architecture" {
  description = "What the image was built for: X86_64 or ARM64 (which costs a fifth less)."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture is X86_64 or ARM64."
  }
}

variable "run_cpu" {
  description = "What a run gets, in CPU units: 1024 is one processor."
  type        = number
  default     = 1024
}

variable "run_memory" {
  description = "What a run gets, in MB."
  type        = number
  default     = 2048
}

variable "database_instance_class" {
  description = "The RDS class of Dagster's Postgres."
  type        = string
  default     = "db.t4g.micro"
}

variable "database_backup_days" {
  description = "For how many days the database can be put back to any moment."
  type        = number
  default     = 7
}

variable "log_days" {
  description = "For how many days the logs of services and runs are kept."
  type        = number
  default     = 90
}

variable "spotify_secret_keys" {
  description = "Which keys of the secret the pipeline gets as variables of the same name. Empty until the secret has a value: a task whose key is missing doesn't start."
  type        = list(string)
  default     = []

  validation {
    condition = length(setsubtract(var.spotify_secret_keys, [
      "SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET", "SPOTIFY_ASSETS_REFRESH_TOKEN", "SPOTIFY_ASSETS_ALERT_URLS",
    ])) == 0
    error_message = "spotify_secret_keys may contain SPOTIPY_CLIENT_ID, SPOTIPY_CLIENT_SECRET, SPOTIFY_ASSETS_REFRESH_TOKEN and SPOTIFY_ASSETS_ALERT_URLS."
  }
}
