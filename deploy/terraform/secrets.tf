# The place of the Spotify credentials. Their values are put in by hand (README), never by Terraform:
# whatever Terraform knows stands in its state, readable by all who may read that.

resource "aws_secretsmanager_secret" "spotify" {
  name                    = "${var.name}/spotify"
  description             = "JSON: SPOTIPY_CLIENT_ID, SPOTIPY_CLIENT_SECRET, SPOTIFY_ASSETS_REFRESH_TOKEN."
  recovery_window_in_days = var.secret_recovery_days
}
