// Whether this page's link still opens anything: asked when a socket was refused, which browsers do not tell apart from a lost network.

import { Problem, read } from "./api.js";

/** @returns {Promise<boolean>} false only when the centre says so */
export async function stillValid() {
  try {
    await read("/api/v1/session");
    return true;
  } catch (error) {
    return !(error instanceof Problem && error.status === 401);
  }
}
