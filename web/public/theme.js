// Before anything is painted, so that a chosen theme never flashes; the system's own needs no script.
const theme = localStorage.getItem('valuestream.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
