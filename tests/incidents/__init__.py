"""Would the gates notice an incident, and do they let an ordinary year pass?"""
