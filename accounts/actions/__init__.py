from accounts.actions.alerts import Delivery, deliver, dismiss, tell, tell_all, withdraw_alerts
from accounts.actions.jobs import run_job

__all__ = ["Delivery", "deliver", "dismiss", "run_job", "tell", "tell_all", "withdraw_alerts"]
