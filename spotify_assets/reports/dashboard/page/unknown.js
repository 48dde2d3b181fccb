// What isn't known of the chosen chart has no card: one line names it all, and says what would fill it.
const OPEN_DATA_REMEDY = "Set SPOTIFY_ASSETS_CONTACT to a mail address or page of yours and run spotify-assets update, which looks up every song in MusicBrainz and Wikidata.";

const areAlbumsKnown = () => DATA.albums.some((album) => album[0]);
const areGenresKnown = () => Boolean(chart().genres && chart().genres.names.length);
/** Whether a figure is known in any week; one that the chart can't have, like the country of Global, isn't missed. */
const isTrendKnown = (name) => !chart().trends[name] || chart().trends[name].some((value) => value !== null);

function drawUnknown() {
  const open = [["albums", areAlbumsKnown()], ["genres", areGenresKnown()], ["release dates", isTrendKnown("fresh")],
    ["song lengths", isTrendKnown("length")], ["recording codes", isTrendKnown("home")], ["artists' countries", isTrendKnown("local")]];
  const spotify = [["explicit marks", isTrendKnown("explicit")], ["labels", Boolean(chart().labels)]];
  const [lacking, marks] = [open, spotify].map((facts) => facts.filter((fact) => !fact[1]).map((fact) => fact[0]));
  const asked = DATA.sources.length > 0;
  const says = [];
  if (lacking.length || marks.length) says.push(`Not known for ${unturned(chart().name)}: ${listed([...lacking, ...marks])}.`);
  if (lacking.length) says.push(asked ? "What MusicBrainz and Wikidata have been asked so far doesn't say." : OPEN_DATA_REMEDY);
  if (marks.length) {
    const are = listed(marks);
    says.push(`${are[0].toUpperCase()}${are.slice(1)} come from ${are === "labels" ? "chart files, or from " : ""}Spotify, with SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET.`);
  }
  $("unknown").hidden = !says.length;
  $("unknown").textContent = says.join(" ");
}
