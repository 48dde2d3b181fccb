# The secret for Spotify's credentials. Their values are set by hand (README), never by Terraform: whatever
# Terraform knows is in its state, for everybody who can read that.

resource "aws_secretsmanager_secret" "spotify" {
  name                    = "${var.name}/spotify"
  description             = "JSON: SPOTIPY_CLIENT_ID, SPOTIPY_CLIENT_SECRET, SPOTIFY_ASSETS_REFRESH_TOKEN, SPOTIFY_ASSETS_ALERT_URLS."
  recovery_window_in_days = var.secret_recovery_days
}
