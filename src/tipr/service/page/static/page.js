// What makes the page quicker to use; all of it can be done without a script, too.
import { start as keys } from "./keys.js";
import { start as menus } from "./menus.js";
import { start as pictures } from "./pictures.js";
import { start as refresh } from "./refresh.js";
import { start as swap } from "./swap.js";
import { start as theme } from "./theme.js";
import { start as timeline } from "./timeline.js";
import { start as upload } from "./upload.js";

for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;
for (const start of [swap, keys, menus, pictures, refresh, theme, timeline, upload]) start();
