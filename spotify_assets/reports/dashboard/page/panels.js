const drawSong = () => put("second");
const drawArtistPanel = () => put("second");
