/** The soak; see `soak/soak.ts`. */
import "./soak/soak.ts";
