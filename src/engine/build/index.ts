export { type BuildOptions, buildBundle, defaultKubeVersion } from "./build-bundle.js";
