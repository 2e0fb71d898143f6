# The page on a machine without a GPU: docker build -t gan-explorer . && docker run -p 7860:7860 gan-explorer
# About 2.2 GB, 1.9 of them Python packages; PyTorch from PyPI would bring CUDA's libraries, another 4.6.
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir torch torchvision --index-url https://download.pytorch.org/whl/cpu \
    && pip install --no-cache-dir -r requirements.txt
COPY app.py ./
COPY models_zoo models_zoo
COPY train train
COPY explorer explorer
RUN useradd --create-home visitor
USER visitor
EXPOSE 7860
HEALTHCHECK --start-period=60s CMD python -c "import urllib.request as u; u.urlopen('http://localhost:7860/healthz')"
CMD ["python", "app.py", "--host", "0.0.0.0", "--port", "7860", "--no-browser", "--public", "--log", "--metrics"]
