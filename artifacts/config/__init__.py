"""Every option of the service, each with what it means: a module for each section.

An option keeps Glare's name and section where Glare has it.
"""

from oslo_config.cfg import ConfigOpts as Options

from artifacts.config.api import UNPROVEN
from artifacts.config.cors import check_cors
from artifacts.config.database import database_url
from artifacts.config.limits import limits_of
from artifacts.config.loading import GROUPS, load
from artifacts.config.metrics import metrics_address
from artifacts.config.policy import policy_files
from artifacts.config.pools import OPTIONS as POOL
from artifacts.config.pools import enabled_pools, pools_of
from artifacts.config.protection import protection_files
from artifacts.config.sections import options_of
from artifacts.config.stores import KIND, guard_settings, store_kind, store_options, store_settings
from artifacts.config.types import OPTIONS as TYPE
from artifacts.config.types import type_options, type_settings, unserved_types

__all__ = [
    "GROUPS",
    "KIND",
    "POOL",
    "TYPE",
    "UNPROVEN",
    "Options",
    "check_cors",
    "database_url",
    "enabled_pools",
    "guard_settings",
    "limits_of",
    "load",
    "metrics_address",
    "options_of",
    "policy_files",
    "pools_of",
    "protection_files",
    "store_kind",
    "store_options",
    "store_settings",
    "type_options",
    "type_settings",
    "unserved_types",
]
