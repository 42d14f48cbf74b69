// /report: the paper is in the page already; here is only the button that prints it.

import { byId } from "../lib/page.js";

byId("print").addEventListener("click", () => window.print());
