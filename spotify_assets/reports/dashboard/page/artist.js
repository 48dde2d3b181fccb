// The chosen artist: all their songs on this chart up to the chosen week.
const SONGS_SHOWN = 10;

function chooseArtist(artist) {
  if (state.view) return open("artist", { artist });
  state.artist = artist;
  writeAddress(true);
  drawArtist();
  $("artist-card").scrollIntoView({ block: "nearest" });
}

function drawArtist() {
  const artist = state.artist ?? leadOf(chosen());
  if (artist === null) {
    $("artist-title").textContent = "Artist";
    return put("artist", empty("Click an artist in the table to see all their songs here."));
  }
  const songs = songsOf(artist);
  put("artist-title", "Artist: ", foreign(artistName(artist)));
  if (!songs.length)
    return put("artist", empty(`Nothing by ${unturned(artistName(artist))} on ${chart().name} up to this week.`));
  const now = songs.filter((song) => song.week === state.week).length;
  const weeks = songs.reduce((sum, song) => sum + song.places, 0);
  const best = Math.min(...songs.map((song) => song.best));
  const id = DATA.artists[artist][1];
  const since = DATA.from > 0 ? `since ${DATA.ends[DATA.from]}` : "ever";
  const link = id && [" · ", h("a", { href: `https://open.spotify.com/artist/${id}`, rel: "noreferrer" }, "Open in Spotify")];
  const list = h("ul", { class: "songs" }, ...songs.slice(0, SONGS_SHOWN).map(artistSong));
  const more = songs.length > SONGS_SHOWN
    ? button(`and ${songs.length - SONGS_SHOWN} more`, () => {
        list.append(...songs.slice(SONGS_SHOWN).map(artistSong));
        more.remove();
      }, { class: "more" })
    : null;
  put("artist",
    h("p", { class: "note" }, `${counted(now, "song")} on ${chart().name} now · ${songs.length} ${since} · best rank ${best} · ${counted(weeks, "chart-week")}`, link),
    list, more, button("All about this artist", () => open("artist", { artist }), { class: "more" }));
}

function leadOf(week) {
  for (const number of week ? week.t : []) if (track(number)[TRACK.credits].length) return track(number)[TRACK.credits][0];
  return null;
}

/** First the songs on the chart now, by rank; then those that left, the longest-running first. */
function songsOf(artist) {
  const songs = new Map();
  for (const week of rowsToDate())
    week.t.forEach((number, place) => {
      if (!track(number)[TRACK.credits].includes(artist)) return;
      const song = songs.get(track(number)[TRACK.song]) || { places: 0, best: Infinity };
      const rank = rankOf(week, place);
      songs.set(track(number)[TRACK.song], {
        number, week: week.w, rank, peak: week.k[place], weeks: `${week.n[place]}${plus(week, place)}`, count: week.n[place],
        places: song.places + 1, best: Math.min(song.best, rank),
      });
    });
  const isNow = (song) => song.week === state.week;
  return [...songs.values()].sort((a, b) => isNow(b) - isNow(a) || (isNow(a) ? a.rank - b.rank : b.count - a.count));
}

function artistSong(song) {
  return h("li", null, songButton(song.number),
    h("span", { class: "by" }, song.week === state.week ? `now ${song.rank}` : `left ${DATA.ends[song.week]}`),
    h("span", null, `peak ${song.peak ?? DASH}`), h("span", null, `${song.weeks} wk`));
}
