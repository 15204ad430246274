# One image for the web server, worker, beat and migrations.
FROM python:3.11-slim AS packages
COPY requirements/prod.txt requirements/stripe.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r prod.txt
# Optional packages: EXTRA=stripe for card payments.
ARG EXTRA=
RUN [ -z "$EXTRA" ] || /venv/bin/pip install --no-cache-dir --require-hashes -r "$EXTRA.txt"

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home portal
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# No secrets needed here, since CMP_ENV isn't production yet.
RUN python manage.py collectstatic --no-input && python -m whitenoise.compress --quiet staticfiles && mkdir var && chown portal var
USER portal
ENV CMP_ENV=production
EXPOSE 8000
CMD ["gunicorn", "--config", "python:cmp_portal.serving", "--bind", "0.0.0.0:8000", "cmp_portal.wsgi"]
