export {
  type Artifact,
  type ArtifactContent,
  annotations,
  buildArtifact,
  readArtifact,
} from "./artifact.js";
export { ContentCache, cachedRepository, writeWhole } from "./content-cache.js";
export { type CopyOptions, copyArtifact } from "./copy-artifact.js";
export {
  type CredentialSource,
  type Credentials,
  type DockerCredentialOptions,
  dockerCredentials,
  parseCredentials,
} from "./credentials.js";
export { digestOf, hexOf, isDigest } from "./digest.js";
export { removeLogin, saveLogin } from "./docker-login.js";
export { OciError, type OciErrorCode } from "./errors.js";
export { type FileTree, treeOf } from "./file-tree.js";
export { readTree, writeTree } from "./folder.js";
export { type GitFacts, readGitFacts } from "./git-facts.js";
export { type ImageLayout, isLayout, type LayoutContent, type LayoutEntry, openLayout, writeLayout } from "./layout.js";
export { type ListedArtifact, type ListOptions, listArtifacts } from "./list-artifacts.js";
export { annotationsOf, type Descriptor, type Manifest, mediaTypes } from "./manifest.js";
export { packArchive, treeDigest } from "./pack.js";
export {
  type ArtifactPlace,
  formatPlace,
  isLayoutUrl,
  openNewLayout,
  openPlace,
  openPlaceToWrite,
  parsePlace,
  referenceOf,
} from "./place.js";
export { type PushOptions, pushArtifact, requireFree } from "./push-artifact.js";
export { formatReference, isTag, parseReference, type Reference } from "./reference.js";
export { openRepository, Registries, type RegistryOptions } from "./registry.js";
export { type FetchedManifest, type Repository, tryManifest, type WritableRepository } from "./repository.js";
export { signArtifact, signatureTag, verifySignature } from "./signature.js";
export { type PublicKey, readPublicKey, readSigningKey, type SigningKey } from "./signing-key.js";
export { unpackArchive } from "./unpack.js";
