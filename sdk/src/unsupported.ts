import { PorticoError } from './errors';

/** Methods of Paragon's SDK that this one does not have, after what to do instead. */
const INSTEAD = {
  'Load sdk.js from Portico or call createPortico(baseUrl).': 'configureGlobal',
  'Call connect(): the portal does it.':
    'installIntegration completeInstall setHeadless setDataSources getFieldOptions updateIntegrationUserSettings updateWorkflowUserSettings createConfiguration updateConfiguration destroyConfiguration',
  'Call event(): workflows do it.': 'request connectAction getTriggers ExternalFilePicker',
  'Call enableWorkflow() or disableWorkflow().': 'updateWorkflowState',
  'Call getUser() or getIntegrationMetadata().': 'getIntegrationAccount getIntegrationConfig',
};

/** Functions that throw, to be put on the SDK. */
export function unsupported(): Record<string, () => never> {
  const methods: Record<string, () => never> = {};
  for (const [advice, names] of Object.entries(INSTEAD)) {
    for (const name of names.split(' ')) {
      // Not an arrow: `new portico.ExternalFilePicker()` must get here too.
      methods[name] = function () {
        throw new PorticoError('unsupported', `Portico has no ${name}(). ${advice}`);
      };
    }
  }
  return methods;
}
