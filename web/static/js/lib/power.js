// The battery, where the browser tells (Chrome on https; Safari and Firefox do not).

/**
 * @typedef {{level: number, charging: boolean}} Battery level 0 to 1
 */

export class Power {
  /** Null where the browser does not tell. @type {Battery | null} */
  battery = null;

  /** @param {() => void} changed */
  async watch(changed) {
    const found = await /** @type {any} */ (navigator).getBattery?.().catch(() => null);
    if (!found) return;
    const read = () => {
      this.battery = { level: found.level, charging: found.charging };
      changed();
    };
    for (const event of ["levelchange", "chargingchange"]) found.addEventListener(event, read);
    read();
  }
}
