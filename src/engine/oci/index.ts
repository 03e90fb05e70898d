export {
  type Artifact,
  type ArtifactContent,
  annotations,
  buildModuleArtifact,
  readModuleArtifact,
  timoniMediaTypes,
} from "./artifact.js";
export { ContentCache, cachedRepository, writeWhole } from "./content-cache.js";
export {
  type CredentialSource,
  type Credentials,
  type DockerCredentialOptions,
  dockerCredentials,
  parseCredentials,
} from "./credentials.js";
export { digestOf, hexOf, isDigest } from "./digest.js";
export { OciError, type OciErrorCode } from "./errors.js";
export { type FileTree, treeOf } from "./file-tree.js";
export { ignoreFiles, readTree, writeTree } from "./folder.js";
export { type ImageLayout, isLayout, type LayoutContent, type LayoutEntry, openLayout, writeLayout } from "./layout.js";
export { type Descriptor, type Manifest, mediaTypes, parseManifest } from "./manifest.js";
export { packArchive, treeDigest } from "./pack.js";
export { formatReference, isTag, parseReference, type Reference, referenceForm, repositoryFault } from "./reference.js";
export { openRepository, Registries, type RegistryOptions } from "./registry.js";
export type { FetchedManifest, Repository } from "./repository.js";
export { unpackArchive } from "./unpack.js";
