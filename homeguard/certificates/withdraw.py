"""Takes back the certificates of a device that is removed; one that gets its id later must not meet the old ones."""

import logging
from pathlib import Path

from homeguard.certificates.files import CertificateFiles
from homeguard.errors import Misconfigured

logger = logging.getLogger(__name__)


def withdraw_certificates(data_dir: Path, device_id: str) -> None:
    """Revoke what a device was given, where it was given any. The id is checked. Blocks.

    Where that cannot be, a warning says so: without its account a certificate opens nothing, and the device is gone.
    """
    if not CertificateFiles.of(data_dir).issued(device_id).exists():
        return
    from homeguard.certificates.store import Certificates  # 40 ms, for those who give devices certificates

    try:
        Certificates(data_dir).revoke_device(device_id)
    except Misconfigured as error:
        logger.warning("certificates: those of %s still count, for %s", device_id, error)
