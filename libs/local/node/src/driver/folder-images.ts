// Images where there is no engine: folders of ours, and our own pod utilities under upstream's names.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFolders } from '../image/image-folders.ts';
import { parseImageReference } from '../image/reference.ts';
import { ImageError, type ContainerImage, type Driver } from './driver.ts';

/** Our own, under upstream's names. */
export const utilityNames = new Set(['clonerefs', 'initupload', 'entrypoint', 'sidecar']);

/** Of any registry and tag, ours or upstream's. */
export function isUtilityImage(reference: string): boolean {
  return utilityNames.has(parseImageReference(reference)?.baseName ?? '');
}

export interface FolderImagesOptions {
  folders: ImageFolders;
  /** Has `pod-utils/main.js`. */
  toolsDir: string | undefined;
  /** `node main.js UTILITY` as the container sees them. */
  utilityCommand: (utility: string) => readonly string[];
  runtime: string;
}

export class FolderImages {
  private readonly options: FolderImagesOptions;

  constructor(options: FolderImagesOptions) {
    this.options = options;
  }

  /** Throws ImageError. */
  async prepare({ reference, policy, usesDefaultCommand }: Parameters<Driver['prepareImage']>[0]): Promise<ContainerImage> {
    const { folders, runtime } = this.options;
    const parsed = parseImageReference(reference);
    if (parsed === undefined) throw new ImageError('InvalidImageName', `Failed to apply default image tag ${JSON.stringify(reference)}: couldn't parse image name: invalid reference format`);
    const own = folders.ownName(reference);
    if (utilityNames.has(parsed.baseName) && usesDefaultCommand) return this.utility(reference, parsed.baseName);
    if (own !== undefined) return folders.prepare(reference, own);
    throw new ImageError(
      policy === 'Never' ? 'ErrImageNeverPull' : 'ErrImagePull',
      `image ${JSON.stringify(reference)} needs its own file system, which the ${runtime} runtime does not have: install podman or docker and start with --runtime=podman or --runtime=docker, or use an image of the images/ folder`,
      { isHopeless: true },
    );
  }

  private async utility(reference: string, utility: string): Promise<ContainerImage> {
    const { toolsDir, utilityCommand } = this.options;
    const program = join(toolsDir ?? '', 'pod-utils/main.js');
    const info = toolsDir === undefined ? undefined : await stat(program).catch(() => undefined);
    if (info === undefined) {
      throw new ImageError('ErrImagePull', `image ${JSON.stringify(reference)} is run by our own ${utility}, but ${toolsDir === undefined ? 'no tools folder is set' : `${program} does not exist: build it (npm run build)`}`);
    }
    return {
      reference,
      utility,
      id: `prow-pod-utils://${utility}`,
      config: { env: {}, workingDir: '/', entrypoint: utilityCommand(utility) },
      wasPresent: true,
      sizeBytes: info.size,
    };
  }
}
