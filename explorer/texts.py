"""Everything the page says, in English and Korean.

Texts that never change are translated in the browser through `label`; those made in Python, with
values in them, through `say`.
"""

from __future__ import annotations

import gradio as gr
from gradio.i18n import I18nData

TEXTS: dict[str, tuple[str, str]] = {
    # The frame
    "tagline": (
        "Every classic generative adversarial network, small enough to play with.",
        "고전 GAN을 하나씩, 직접 만져 보며 익히는 놀이터",
    ),
    "theme_button": ("Switch between light and dark", "밝은 화면과 어두운 화면 바꾸기"),
    "copy_button": ("Copy link", "링크 복사"),
    "no_models": (
        "There are no models yet. Train one with `python -m train gan`, export it, and it appears here.",
        "아직 모델이 없습니다. `python -m train gan`으로 학습해 내보내면 여기에 나타납니다.",
    ),
    "bad_link": (
        "This link asks for something that is not there ({names}); the usual values are shown instead.",
        "링크에 쓸 수 없는 값이 있어({names}) 기본값으로 보여 드립니다.",
    ),
    # Sample
    "sample_tab": ("Sample", "표본 뽑기"),
    "sample_lead": (
        "Each seed stands for one random vector, and the generator turns each vector into one picture. "
        "Same seed, same picture – always.",
        "시드 하나가 잠재 벡터 하나를 정하고, 생성자는 그 벡터를 그림 한 장으로 바꿉니다. "
        "시드가 같으면 그림도 언제나 같습니다.",
    ),
    "model": ("Model", "모델"),
    "seed": ("First seed", "첫 시드"),
    "dice": ("Roll new seeds", "새 시드 뽑기"),
    "count": ("Number of images", "이미지 수"),
    "truncation": ("Truncation ψ", "절단 계수 ψ"),
    "truncation_info": ("1: full variety · 0: one average picture", "1: 다양하게 · 0: 평균적인 한 장"),
    "verdict": ("Show the discriminator's verdict", "판별자의 판정 보기"),
    "sort": ("Most real first", "진짜 같은 순으로 정렬"),
    "save_png": ("Save PNG", "PNG 저장"),
    "save_zip": ("Save ZIP", "ZIP 저장"),
    "grid": ("Samples", "표본"),
    "tile": ("Seed {seed}", "시드 {seed}"),
    "current": ("Current image", "현재 이미지"),
    "current_hint": ("Pick any picture below to bring it up here.", "아래에서 그림을 고르면 여기에 크게 나타납니다."),
    "real_short": ("{percent}\u00a0% real", "진짜 {percent}%"),
    "score_short": ("score {score}", "점수 {score}"),
    "real_long": (
        "The discriminator takes it for real with probability {percent}\u00a0%.",
        "판별자는 이 그림이 진짜일 확률을 {percent}%로 봅니다.",
    ),
    "score_long": (
        "The discriminator scores it {score} (1 = real, 0 = fake).",
        "판별자가 매긴 점수는 {score}입니다(1이면 진짜, 0이면 가짜).",
    ),
    "no_verdict": ("This model comes without a discriminator.", "이 모델에는 판별자가 들어 있지 않습니다."),
    "snapshots": ("From noise to pictures", "잡음에서 그림이 되기까지"),
    "snapshots_lead": (
        "The same latent vectors, seen again and again while the model was trained. Below each: the training step.",
        "학습하는 동안 같은 잠재 벡터로 거듭 뽑은 그림입니다. 아래 숫자는 학습 단계(step)입니다.",
    ),
    "step": ("Step {step}", "{step}단계"),
    "explain_heading": ("### What happens here", "### 무슨 일이 일어나나요?"),
    "explain_text": (
        r"""A **seed** starts a random number generator, which draws a **latent vector** $z$: one point in a space of
many dimensions, each coordinate from a normal distribution. The **generator** $G$ is a network that maps this point to
an image $x$. **Truncation** $\psi$ pulls the point towards the origin before that:

$$x = G(\psi z), \qquad z \sim \mathcal{N}(0, I)$$

The **discriminator** $D$ looked at real and generated images in turn and learned to tell them apart; its **logit**
$\ell(x)$ is high for what it takes to be real. Trained with cross-entropy, it speaks in probabilities; trained with
least squares, its raw score aims at 1 for real and at 0 for fake:

$$D(x) = \sigma(\ell(x)) = \frac{1}{1 + e^{-\ell(x)}}$$

Both learned from one **game**, in which $D$ raises and $G$ lowers the same value:

$$\min_G \max_D \; \mathbb{E}_x \log D(x) + \mathbb{E}_z \log (1 - D(G(z)))$$

A **non-saturating** generator raises $\log D(G(z))$ instead, which still pulls where $D$ is sure of a fake.

**Try this.** Move $\psi$ slowly from 1 to 0: everything melts into one average picture. Ask for the verdict, put the most
real first, and look at the last row – do you agree? Then choose another model and keep the seed.""",
        r"""**시드**로 초기화한 난수 생성기가 **잠재 벡터** $z$를 뽑습니다. $z$는 고차원 공간의 한 점이고, 좌표마다 정규분포를
따릅니다. **생성자** $G$는 이 점을 이미지 $x$로 옮기는 신경망입니다. **절단 계수** $\psi$는 그 전에 점을 원점 쪽으로
끌어당깁니다.

$$x = G(\psi z), \qquad z \sim \mathcal{N}(0, I)$$

**판별자** $D$는 진짜 이미지와 생성된 이미지를 번갈아 보며 둘을 구별하도록 학습했습니다. 진짜라고 여길수록 **로짓**
$\ell(x)$이 커집니다. 교차 엔트로피로 학습한 판별자는 확률로 답하고, 최소제곱 손실로 학습한 판별자의 점수는 진짜면 1,
가짜면 0에 가까워집니다.

$$D(x) = \sigma(\ell(x)) = \frac{1}{1 + e^{-\ell(x)}}$$

둘은 하나의 **게임**에서 배웠습니다. 같은 값을 $D$는 키우고 $G$는 줄입니다.

$$\min_G \max_D \; \mathbb{E}_x \log D(x) + \mathbb{E}_z \log (1 - D(G(z)))$$

**비포화** 손실을 쓰는 생성자는 그 대신 $\log D(G(z))$를 키웁니다. 판별자가 가짜라고 확신할 때도 기울기가 사라지지 않습니다.

**해 보세요.** $\psi$를 1에서 0으로 천천히 옮기면 모든 그림이 하나의 평균적인 그림으로 모입니다. 판별자의 판정을 켜고 진짜
같은 순으로 정렬한 뒤 마지막 줄을 살펴보세요. 판별자와 생각이 같나요? 시드는 그대로 두고 모델만 바꿔 봐도 좋습니다.""",
    ),
    # One's own checkpoint
    "own": ("Use your own checkpoint", "내 체크포인트 쓰기"),
    "own_label": ("Folder or Hugging Face id", "폴더 또는 Hugging Face id"),
    "own_label_public": ("Hugging Face id", "Hugging Face id"),
    "own_info": (
        "A folder that `python -m train export` wrote, or user/name. Only safetensors are read.",
        "`python -m train export`로 만든 폴더나 user/name. safetensors 파일만 읽습니다.",
    ),
    "own_button": ("Load", "불러오기"),
    "own_empty": ("Type a folder or a Hugging Face id first.", "먼저 폴더나 Hugging Face id를 입력하세요."),
    "own_no_folders": (
        "On a public page only Hugging Face ids of the form user/name are accepted.",
        "공개된 페이지에서는 user/name 형식의 Hugging Face id만 쓸 수 있습니다.",
    ),
    "own_loaded": ("{model} is ready.", "{model} 모델을 불러왔습니다."),
    "wrong_task": (
        "{model} does not draw images from random vectors alone: its task is “{task}”.",
        "{model}은(는) 잠재 벡터만으로 그림을 그리는 모델이 아닙니다(과제: {task}).",
    ),
    # The model card
    "card": ("About this model", "이 모델에 대하여"),
    "trained_on": ("Trained on", "학습 데이터"),
    "images_seen": ("Training", "학습량"),
    "images_seen_value": ("{images} images in {steps} steps", "이미지 {images}장, {steps}단계"),
    "resolution": ("Images", "이미지"),
    "grey": ("grey", "흑백"),
    "colour": ("colour", "컬러"),
    "latent": ("Latent vector", "잠재 벡터"),
    "latent_value": ("{size} dimensions", "{size}차원"),
    "licence": ("Licence", "라이선스"),
    "licence_weights": ("weights", "가중치"),
    "licence_data": ("data", "데이터"),
    "made_by": ("Made by", "만든 명령"),
    "limits": ("Limits", "한계"),
    "numbers": ("Numbers", "수치"),
    "metric": ("Measure", "지표"),
    "value": ("Value", "값"),
    "reference": ("To compare", "비교 기준"),
    "n": ("Samples", "표본 수"),
    "lower": ("lower is better", "낮을수록 좋음"),
    "higher": ("higher is better", "높을수록 좋음"),
    "metric_frechet_judge": ("Fréchet distance on judge features", "프레셰 거리(판정 모델의 특징 기준)"),
    "metric_judge_confident": ("Samples of which the judge is 90 % sure", "판정 모델이 90% 이상 확신한 표본의 비율"),
    "metric_rarest_class": ("Share of the rarest class", "가장 드문 클래스의 비율"),
    "metric_commonest_class": ("Share of the commonest class", "가장 흔한 클래스의 비율"),
    "metric_test_accuracy": ("Accuracy on test images", "테스트 이미지 정확도"),
    "metric_class_agreement": ("Share in which the judge reads the class asked for", "요청한 클래스로 판정된 비율"),
    "metric_coverage_lowest": ("Coverage of the least covered class", "커버리지가 가장 낮은 클래스의 값"),
    "metric_discriminator_error": ("Test error of the discriminator's own reading", "판별자의 테스트 오류율"),
    "sheet": ("Sample sheet of this model", "이 모델의 표본 모음"),
    # Complaints
    "bad_seed": (
        "The seed must be a whole number from {low} to {high}, not {value}.",
        "시드는 {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
    ),
    "bad_count": (
        "The number of images must be a whole number from {low} to {high}, not {value}.",
        "이미지 수는 {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
    ),
    "bad_truncation": (
        "The truncation must be a number from 0 to 1, not {value}.",
        "절단 계수는 0부터 1까지의 수여야 합니다(받은 값: {value}).",
    ),
    "bad_flag": (
        "{name} must be true or false, not {value}.",
        "{name}은(는) true나 false여야 합니다(받은 값: {value}).",
    ),
    "bad_model": (
        "There is no model {value}; known here: {known}.",
        "{value}(이)라는 모델은 없습니다. 쓸 수 있는 모델: {known}.",
    ),
}

LANGUAGES = ("en", "ko")


def say(key: str, language: str, **values: object) -> str:
    """The text `key` in `language`, with `values` put in."""
    text = TEXTS[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def label(key: str) -> I18nData:
    """The text `key`, to be translated by the visitor's browser."""
    return I18nData(key)


def translations() -> gr.I18n:
    """All texts, as the browser gets them."""
    return gr.I18n(**{language: {key: say(key, language) for key in TEXTS} for language in LANGUAGES})


def language(request: gr.Request | None) -> str:
    """The language of the visitor: ``"ko"`` where the browser asks for Korean first, else ``"en"``."""
    accepted = request.headers.get("accept-language", "") if request else ""
    return "ko" if accepted.strip().lower().startswith("ko") else "en"
