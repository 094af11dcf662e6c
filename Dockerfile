# One image for web, worker, beat and migrations; docker-compose.yml says which of them a container is.
FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=autonomy_project.settings \
    HASHED_STATIC_FILES=yes \
    LOG_FORMAT=json

RUN useradd --system --create-home --uid 10001 autonomy
WORKDIR /autonomy

COPY requirements.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.txt

COPY . .
# The addresses and the key are only there so that the settings can be read; nothing is asked of them, nothing kept.
RUN mkdir -p var/static var/mail var/chat var/ready \
    && DATABASE_URL=postgresql://build@localhost/build BROKER_URL=redis://localhost \
       SECRET_KEY=only-for-collecting-static-files-at-build-time \
       python manage.py collectstatic --no-input --verbosity 0 \
    && chown -R autonomy:autonomy var

USER autonomy
EXPOSE 8000
CMD ["gunicorn", "--config", "python:autonomy_project.web_server", "--bind", "0.0.0.0:8000"]
