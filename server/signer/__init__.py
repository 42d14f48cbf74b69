"""The signer: holds the ceremony's two keys, and issues warrants to those whom two trusted devices confirmed.

In-process for now, behind `port.Signer`; it knows nothing of the server but what stands in a request. The command line
and the server share `TrustedList`, a file: trusting a device needs access to the machine, not to the web server.
"""

from server.signer.local import LocalSigner
from server.signer.port import OpenWarrant, Signer, SignerRefused, SignerStatus, VouchRequest, WarrantRequest
from server.signer.trusted import NotTrusted, TrustedDevice, TrustedList

__all__ = [
    "LocalSigner",
    "NotTrusted",
    "OpenWarrant",
    "Signer",
    "SignerRefused",
    "SignerStatus",
    "TrustedDevice",
    "TrustedList",
    "VouchRequest",
    "WarrantRequest",
]
