"""What one tenant's clients know of what they sent and what was acknowledged. Both sides of power_loss.py have it: the
guest tells the host of each step, and the host survives."""

from crash import Tenant

TENANTS = [1002, 1004, 1006]
DISK = "/disk"                  # where the guest mounts it
DATA = DISK + "/data"
WORK = DISK + "/backup"         # destinations and key backups
STEPS = ["begin_set", "has_set", "begin_archive", "has_archive", "begin_key", "has_key", "has_rotated", "has_id",
         "key_files_are_read"]


class ToldTenant(Tenant):
    """A Tenant that can be written down."""

    def __init__(self, number):
        super().__init__(number, WORK)
        self.recent_keys = []       # key backups that nobody has read yet

    def dump(self):
        return dict(self.__dict__, destinations=sorted(self.destinations), archives=sorted(self.archives),
                    dest_ids=sorted(self.dest_ids.items()))

    @classmethod
    def load(cls, dumped):
        tenant = cls(dumped["id"])
        tenant.__dict__.update(dumped, destinations=set(dumped["destinations"]), archives=set(dumped["archives"]),
                               dest_ids=dict(dumped["dest_ids"]))
        for name in ("archive", "pending_archive"):
            setattr(tenant, name, dumped[name] and tuple(dumped[name]))
        return tenant

    def has_key(self, path):
        super().has_key(path)
        self.recent_keys.append(path)

    def key_files_are_read(self):
        self.recent_keys = []
