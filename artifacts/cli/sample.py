"""The sample of the configuration file, from the options themselves."""

import io

from oslo_config import cfg, generator

from artifacts import config, plugins

NAMESPACES = ("artifacts", "keystonemiddleware.auth_token")
HEADING = """\
# Every option of the service, each with its default. Made by `artifacts-manage config sample`.
# What is commented out is so because it is the default; [keystone_authtoken] matters with
# [api] auth = keystone alone.

"""


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return all options by section; oslo.config finds this by its entry point."""
    groups = [(group or "DEFAULT", options) for group, options in config.GROUPS.items()]
    groups.append(("artifact_type:images", config.TYPE))
    groups.append(("pool:images", config.POOL))
    for name, artifact_type in sorted(plugins.find_types().items()):
        if artifact_type.type_settings:
            declared = config.options_of(artifact_type.type_settings)
            groups.append((f"artifact_type:{name}", declared))
    for kind, store_class in sorted(plugins.find_stores().items()):
        options = [config.KIND, *config.store_options(store_class)]
        groups.append((f"store:{kind}", options))
    return groups


def render() -> str:
    """Return a configuration file that sets nothing, and says what could be set."""
    conf = cfg.ConfigOpts()
    generator.register_cli_opts(conf)
    namespaces = [word for name in NAMESPACES for word in ("--namespace", name)]
    conf(["--wrap-width", "90", *namespaces], default_config_files=[])
    text = io.StringIO(HEADING)
    text.seek(0, io.SEEK_END)
    generator.generate(conf, output_file=text)
    return text.getvalue()
