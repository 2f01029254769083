"""Airflow on this machine: nights in this process, or the whole of it with its web page.

What Airflow keeps stands in AIRFLOW_HOME (default REACHLINE_HOME/airflow).
"""
