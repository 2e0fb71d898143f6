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
    # Classes
    "classes_tab": ("Classes", "클래스"),
    "classes_lead": (
        "These generators take two wishes: a seed for the style, and the class that you ask for. "
        "Along a row the style stays and the digit changes.",
        "여기 있는 생성자는 스타일을 정하는 시드와 함께 원하는 클래스를 받습니다. "
        "한 줄 안에서는 필체가 그대로이고 숫자만 바뀝니다.",
    ),
    "class_shown": ("Class", "클래스"),
    "class_all": ("All classes", "모든 클래스"),
    "rows": ("Rows", "줄 수"),
    "more": ("More settings", "더 많은 설정"),
    "class_grid": ("Samples by class", "클래스별 표본"),
    "seed_corner": ("Seed", "시드"),
    "class_tile": ("Seed {seed}, class {label}", "시드 {seed}, 클래스 {label}"),
    "class_hint": (
        "Pick any picture to bring it up here. The bars say what each network reads in it.",
        "아무 그림이나 고르면 여기에 크게 나타납니다. 막대는 각 신경망이 이 그림을 무엇으로 읽는지 보여 줍니다.",
    ),
    "verdict_legend": (
        "Bar: how real the discriminator finds the picture. A class with “?”: what it reads instead of the one asked for.",
        "막대는 판별자가 그림을 얼마나 진짜로 보는지를, 물음표가 붙은 클래스는 요청한 것 대신 읽은 클래스를 나타냅니다.",
    ),
    "read_as": ("read as {label}", "{label}(으)로 읽음"),
    "real": ("real", "진짜"),
    "fake": ("fake", "가짜"),
    "asked": ("asked for", "요청한 클래스"),
    "panel_classes-or-fake": (
        "One answer of all these: a class, or fake.",
        "클래스 아니면 가짜, 모두 더해 100%입니다.",
    ),
    "panel_real-and-classes": (
        "Two answers: real or fake, and beside it the class.",
        "진짜인지, 그리고 어느 클래스인지를 따로 답합니다.",
    ),
    "panel_real-per-class": (
        "How real it is, if it is meant to be this class.",
        "이 클래스의 그림이라고 했을 때 진짜로 보일 확률입니다.",
    ),
    "panel_classes": (
        "An outside opinion: it saw real pictures only.",
        "진짜 이미지만 보고 배운 분류기의 의견입니다.",
    ),
    "reads": ("Reads {label} ({percent} %)", "{label}(으)로 읽음({percent}%)"),
    "sum_real_if": ("Real, if it is {label}: {percent} %", "{label}(이)라면 진짜일 확률 {percent}%"),
    "sum_fake": ("Fake ({percent} %), or else {label}", "가짜({percent}%), 아니라면 {label}"),
    "morph_heading": ("### Turn one class into another", "### 클래스에서 클래스로"),
    "morph_lead": (
        "The seed of the chosen picture stays; only the class moves, through mixtures no training picture had.",
        "고른 그림의 시드는 그대로 두고 클래스만 옮깁니다. 중간의 섞인 클래스는 학습 때 한 번도 없던 것입니다.",
    ),
    "morph_from": ("From", "처음"),
    "morph_to": ("To", "끝"),
    "morph_t": ("Share of the second class t", "두 번째 클래스의 비중 t"),
    "morph_frame": ("t = {t}", "t = {t}"),
    "save_gif": ("Save GIF", "GIF 저장"),
    "number_heading": ("### Write a number", "### 숫자 쓰기"),
    "number_lead": (
        "Every digit from the same seed, so all in one hand.",
        "모든 숫자를 같은 시드로 그려 한 사람의 필체처럼 보입니다.",
    ),
    "number_label": ("Up to 12 digits", "열두 자리까지"),
    "number_written": ("{number}, written by the generator", "생성자가 쓴 {number}"),
    "draw_heading": ("### Draw or upload a digit", "### 숫자를 그리거나 올려 보세요"),
    "draw_lead": (
        "What do the networks say about yours? A photo of a digit on paper works too. Mind that a drawing is no sample "
        "of MNIST: the networks never saw strokes like these, and may be sure and wrong. The first symbol below the canvas takes "
        "a file, the clipboard or a webcam.",
        "직접 쓴 숫자를 신경망은 무엇으로 읽을까요? 종이에 쓴 숫자를 찍은 사진도 됩니다. 다만 이렇게 그린 그림은 MNIST의 "
        "표본이 아닙니다. 신경망이 본 적 없는 필체라서 자신 있게 틀릴 수 있습니다. 캔버스 아래 첫 번째 아이콘을 누르면 파일, "
        "클립보드, 웹캠에서 그림을 가져올 수 있습니다.",
    ),
    "draw_label": ("Canvas", "캔버스"),
    "draw_button": ("What does it say?", "무엇으로 읽힐까?"),
    "draw_waiting": (
        "Draw a digit on the canvas: the answers appear here, and change with every stroke.",
        "캔버스에 숫자를 그리면 여기에 대답이 나타나고, 획을 더할 때마다 바뀝니다.",
    ),
    "seen": ("What the networks see", "신경망이 보는 그림"),
    "seen_digit": (
        "Ink in white on black, scaled and centred by its mass as in MNIST, {size} × {size} pixels.",
        "MNIST처럼 검은 바탕에 흰 획으로 바꾸고, 크기를 맞춰 무게중심을 가운데에 둔 {size} × {size}픽셀 그림입니다.",
    ),
    "seen_photo": (
        "The middle of the picture, {size} × {size} pixels.",
        "그림의 가운데 부분, {size} × {size}픽셀입니다.",
    ),
    "noise_heading": ("Noise: what the class head withstands", "잡음을 얼마나 견딜까"),
    "curve_n": ("({n} pictures at each point.)", "(점마다 이미지 {n}장)"),
    "classes_explain_text": (
        r"""A generator that takes a **class** gets it beside the latent vector, as a one-hot vector $c$; between two of
them lies a morph:

$$x = G(z, c), \qquad c_t = (1 - t)\, c_{\text{from}} + t\, c_{\text{to}}$$

The three papers differ in who makes sure that $x$ shows that class.

**cGAN** tells the discriminator, too, which class was asked for. It judges only pairs, so a fine 3 that was meant to be
a 5 is a fake:

$$\begin{aligned} \min_G \max_D \; & \mathbb{E}_{x, c} \log D(x, c) \\ & + \mathbb{E}_{z, c} \log (1 - D(G(z, c), c)) \end{aligned}$$

**ACGAN** does not tell it, but makes it guess. One head says real or fake ($S$), the other names the class ($C$):

$$\begin{aligned} L_S = {} & \mathbb{E} \log P(S = \text{real} \mid x_\text{real}) \\ & + \mathbb{E} \log P(S = \text{fake} \mid x_\text{fake}) \\
L_C = {} & \mathbb{E} \log P(C = c \mid x_\text{real}) \\ & + \mathbb{E} \log P(C = c \mid x_\text{fake}) \end{aligned}$$

$D$ maximises $L_S + L_C$ and $G$ maximises $L_C - L_S$: both want the class to be plain. Here both heads are trained with
cross-entropy, and the loss is the sum of the two.

**SGAN** makes *fake* one more class, $K + 1$ in all, so that one softmax answers both questions. What speaks for real are
the **log-odds** of any class against fake:

$$p(y = k \mid x) = \frac{e^{\ell_k(x)}}{\sum_{j=1}^{K+1} e^{\ell_j(x)}}$$

$$\log \frac{p(y \le K)}{p(y = K + 1)} = \log \sum_{k=1}^{K} e^{\ell_k(x)} - \ell_{K+1}(x)$$

Unlabelled pictures teach it as well: they must be *some* class. A few labelled ones then suffice to name the classes.
The SGAN that comes with this page learned mostly by **labelling for itself**, in the manner of FixMatch: where it reads an
unlabelled picture surely, that reading is the target for changed copies of the picture. It was trained without feature
matching.

**Try this.** Morph a 4 into a 9 and look for the frame where the reading tips over. Show the verdicts, look for a picture
that is read as another digit, and choose it: do the other networks agree? Then draw a 1 with a hook until it is a 7.""",
        r"""**클래스**를 받는 생성자는 잠재 벡터와 함께 원-핫 벡터 $c$를 입력으로 받습니다. 두 원-핫 벡터 사이를 지나가면
한 클래스가 다른 클래스로 바뀝니다.

$$x = G(z, c), \qquad c_t = (1 - t)\, c_{\text{from}} + t\, c_{\text{to}}$$

세 논문은 $x$가 그 클래스로 보이게 만드는 방법이 서로 다릅니다.

**cGAN**은 어떤 클래스를 요청했는지 판별자에게도 알려 줍니다. 판별자는 그림과 클래스의 짝을 판정하므로, 5를 요청했는데 나온
3은 아무리 잘 그렸어도 가짜입니다.

$$\begin{aligned} \min_G \max_D \; & \mathbb{E}_{x, c} \log D(x, c) \\ & + \mathbb{E}_{z, c} \log (1 - D(G(z, c), c)) \end{aligned}$$

**ACGAN**은 알려 주는 대신 맞히게 합니다. 판별자의 한 출력은 진짜인지 가짜인지($S$)를, 다른 출력은 클래스($C$)를 답합니다.

$$\begin{aligned} L_S = {} & \mathbb{E} \log P(S = \text{real} \mid x_\text{real}) \\ & + \mathbb{E} \log P(S = \text{fake} \mid x_\text{fake}) \\
L_C = {} & \mathbb{E} \log P(C = c \mid x_\text{real}) \\ & + \mathbb{E} \log P(C = c \mid x_\text{fake}) \end{aligned}$$

$D$는 $L_S + L_C$를, $G$는 $L_C - L_S$를 키웁니다. 클래스가 뚜렷해지기를 바라는 점은 둘이 같습니다. 여기서는 두 출력 모두
교차 엔트로피로 학습하고, 그 합을 손실로 씁니다.

**SGAN**은 *가짜*를 클래스 하나로 더해 모두 $K + 1$개로 나눕니다. 소프트맥스 하나로 두 질문에 함께 답하는 셈입니다. 진짜라는
근거는 가짜에 대한 나머지 모든 클래스의 **로그 오즈**입니다.

$$p(y = k \mid x) = \frac{e^{\ell_k(x)}}{\sum_{j=1}^{K+1} e^{\ell_j(x)}}$$

$$\log \frac{p(y \le K)}{p(y = K + 1)} = \log \sum_{k=1}^{K} e^{\ell_k(x)} - \ell_{K+1}(x)$$

레이블이 없는 그림에서도 배웁니다. 진짜라면 *어느* 클래스이든 되어야 하기 때문입니다. 그래서 레이블이 붙은 그림은 몇 장만 있어도
클래스에 이름을 붙일 수 있습니다. 이 페이지에 들어 있는 SGAN은 주로 FixMatch와 비슷하게 **스스로 레이블을 붙이며** 배웠습니다.
레이블 없는 그림을 확신을 갖고 읽으면, 그 답을 같은 그림을 변형한 사본의 정답으로 삼습니다. 특징 맞추기(feature matching)는
쓰지 않았습니다.

**해 보세요.** 4를 9로 천천히 바꾸면서 판정이 뒤집히는 순간을 찾아보세요. 판별자의 판정을 켜고 다른 숫자로 읽힌 그림을 골라
보세요. 다른 신경망도 그렇게 읽나요? 1을 그린 뒤 7이 될 때까지 획을 더해 보는 것도 재미있습니다.""",
    ),
    "wrong_task_classes": (
        "{model} does not draw classes on request: its task is “{task}”.",
        "{model}은(는) 클래스를 골라 그릴 수 있는 모델이 아닙니다(과제: {task}).",
    ),
    "wrong_task_judging": (
        "{model} does not read classes: its task is “{task}”.",
        "{model}은(는) 클래스를 읽는 모델이 아닙니다(과제: {task}).",
    ),
    # Words
    "words_tab": ("Words", "말로 그리기"),
    "words_lead": (
        "Say in English which bird you want. The first stage draws shape and colours, the second reads the sentence again and "
        "adds detail.",
        "어떤 새를 그릴지 영어로 적어 보세요. 1단계는 모양과 색을 잡고, 2단계는 문장을 다시 읽으며 세부를 더합니다.",
    ),
    "words_sentence": ("Sentence", "문장"),
    "words_sentence_info": (
        "English, up to 300 letters; 32 words are read.",
        "영어로 300자까지. 앞의 32단어를 읽습니다.",
    ),
    "words_draw": ("Draw this", "이대로 그리기"),
    "words_examples": ("Examples", "예문"),
    "words_known": ("Words it knows best", "가장 잘 아는 낱말"),
    "words_known_note": (
        "Measured: what changes “a bird” most. Pick one to add it to the sentence.",
        "“a bird”를 가장 많이 바꾸는 낱말을 재어 골랐습니다. 누르면 문장에 더해집니다.",
    ),
    "words_known_none": (
        "This model does not tell which words it learned.",
        "이 모델은 어떤 낱말을 배웠는지 알려 주지 않습니다.",
    ),
    "words_stage_1": ("Stage I", "1단계"),
    "words_stage_2": ("Stage II", "2단계"),
    "words_bicubic": ("Stage I, bicubic", "1단계, 쌍삼차 확대"),
    "words_upscaled": ("Stage I, super-resolution", "1단계, 초해상도"),
    "words_one_stage": (
        "This model has the first stage only.",
        "이 모델에는 1단계만 있습니다.",
    ),
    "words_upscaled_note": (
        "Super-resolution by the model “{name}”, which never read the sentence.",
        "초해상도는 문장을 읽지 않은 모델 “{name}”의 결과입니다.",
    ),
    "words_reading": ("What was read", "읽어 낸 낱말"),
    "words_weight": ("moves the sentence by {weight}", "문장 벡터를 {weight}만큼 움직임"),
    "words_ignored": (
        "Ignored, because the sentence says the same without: {words}.",
        "빼도 문장 벡터가 거의 그대로라 무시된 낱말: {words}.",
    ),
    "words_all_read": ("Every word counts here.", "모든 낱말이 영향을 줍니다."),
    "words_strange": ("Never learned: {words}.", "배운 적 없는 낱말: {words}."),
    "words_meant": ("“{word}” (read much like “{meant}”)", "“{word}”(“{meant}”와(과) 비슷하게 읽음)"),
    "words_all_strange": (
        "The model learned none of these words, so the picture has little to do with them.",
        "이 가운데 모델이 배운 낱말이 하나도 없어, 그림은 문장과 별 상관이 없습니다.",
    ),
    "words_walk_heading": ("### From one sentence to another", "### 문장에서 문장으로"),
    "words_walk_lead": (
        "The seed stays and the sentence changes, along the sphere on which sentences lie.",
        "시드는 그대로 두고, 문장 벡터가 놓인 구면을 따라 문장만 옮깁니다.",
    ),
    "words_to": ("Second sentence", "두 번째 문장"),
    "words_walk": ("Walk there", "옮겨 가기"),
    "words_walk_title": ("“{first}” → “{second}”", "“{first}” → “{second}”"),
    "words_explain_text": (
        r"""A **text encoder** $\varphi$ turns the sentence $t$ into a vector. It learned from photographs $v$ with their
sentences, so that the right sentence is nearer to a photograph than the others, in cosines $s$:

$$\begin{aligned} & -\log \frac{e^{s(v_i, t_i)/\tau}}{\sum_j e^{s(v_i, t_j)/\tau}} \\ & -\log \frac{e^{s(v_i, t_i)/\tau}}{\sum_j e^{s(v_j, t_i)/\tau}} \end{aligned}$$

Words are read as bags of their letters' n-grams, so that *yelow* is not far from *yellow*.

There are few sentences and many ways to draw them. **Conditioning augmentation** therefore does not hand over
$\varphi(t)$ itself, but draws a condition from a normal distribution around it, held near the standard one:

$$\begin{aligned} c &= \mu(\varphi(t)) + \sigma(\varphi(t)) \odot \epsilon, \\ \epsilon &\sim \mathcal{N}(0, I), \\
L_{KL} &= D_{KL}\big(\mathcal{N}(\mu, \sigma^2) \,\|\, \mathcal{N}(0, I)\big) \end{aligned}$$

**Stage I** draws 64 × 64 pixels from noise and condition. **Stage II** sees that picture and the sentence once more, and
draws 128 × 128:

$$x_1 = G_1(z, c_1), \qquad x_2 = G_2(x_1, c_2)$$

Each has a **discriminator** that asks two things at once: is it real, and does it fit? So it learns to refuse drawn
pictures, and also real ones beside another's sentence $t'$:

$$\begin{aligned} \max_D \; & \log D(x, t) \\ & + \tfrac12 \log(1 - D(x, t')) \\ & + \tfrac12 \log(1 - D(G(z, t), t)) \end{aligned}$$

A word's ink is $1 - \cos$ between the sentence with and without it. Noise and chance all come from the seed: one seed and
one sentence make one picture.

**Try this.** Change one colour and keep the seed. Misspell it. Ask for what no bird has, a purple owl in the snow, and
see which words were ignored. Compare Stage II with plain enlargement: which details are new, and are they right?""",
        r"""**텍스트 인코더** $\varphi$는 문장 $t$를 벡터로 바꿉니다. 사진 $v$와 그 문장으로 배웠고, 다른 문장보다 제 문장이 사진에 더
가깝도록(코사인 $s$) 학습했습니다.

$$\begin{aligned} & -\log \frac{e^{s(v_i, t_i)/\tau}}{\sum_j e^{s(v_i, t_j)/\tau}} \\ & -\log \frac{e^{s(v_i, t_i)/\tau}}{\sum_j e^{s(v_j, t_i)/\tau}} \end{aligned}$$

낱말은 글자 n-그램의 묶음으로 읽으므로, *yelow*라고 써도 *yellow*에서 멀지 않습니다.

문장은 적고 그리는 방법은 많습니다. 그래서 **조건 증강**(conditioning augmentation)은 $\varphi(t)$를 그대로 넘기지 않고, 그 둘레의
정규분포에서 조건을 뽑습니다. 이 분포는 표준정규분포에서 멀어지지 않게 붙잡아 둡니다.

$$\begin{aligned} c &= \mu(\varphi(t)) + \sigma(\varphi(t)) \odot \epsilon, \\ \epsilon &\sim \mathcal{N}(0, I), \\
L_{KL} &= D_{KL}\big(\mathcal{N}(\mu, \sigma^2) \,\|\, \mathcal{N}(0, I)\big) \end{aligned}$$

**1단계**는 잡음과 조건으로 64 × 64 그림을 그립니다. **2단계**는 그 그림과 문장을 다시 보고 128 × 128로 그립니다.

$$x_1 = G_1(z, c_1), \qquad x_2 = G_2(x_1, c_2)$$

단계마다 **판별자**가 있어 두 가지를 한꺼번에 묻습니다. 진짜인가, 그리고 문장에 맞는가? 그래서 그려 낸 그림뿐 아니라, 다른 사진의
문장 $t'$이 붙은 진짜 사진도 거절하도록 배웁니다.

$$\begin{aligned} \max_D \; & \log D(x, t) \\ & + \tfrac12 \log(1 - D(x, t')) \\ & + \tfrac12 \log(1 - D(G(z, t), t)) \end{aligned}$$

낱말의 진하기는 그 낱말이 있을 때와 없을 때의 문장 벡터 사이의 $1 - \cos$입니다. 잡음과 우연은 모두 시드에서 나오므로, 시드와 문장이
같으면 그림도 같습니다.

**해 보세요.** 시드는 두고 색 하나만 바꿔 보세요. 철자를 틀려 보세요. 눈 속의 보라색 올빼미처럼 세상에 없는 새를 요청하고 어떤 낱말이
무시되는지 보세요. 2단계와 단순한 확대를 견주어 보세요. 무엇이 새로 생겼고, 그것은 맞나요?""",
    ),
    "words_empty": ("Type a sentence first, such as “a red bird”.", "먼저 “a red bird” 같은 문장을 적어 주세요."),
    "words_long": (
        "A sentence may have at most {most} letters, not {count}.",
        "문장은 {most}자까지 쓸 수 있습니다(받은 글자 수: {count}).",
    ),
    "words_none": (
        "There is no word to read in {value}; type an English sentence.",
        "{value}에는 읽을 낱말이 없습니다. 영어 문장을 적어 주세요.",
    ),
    "wrong_task_words": (
        "{model} does not draw sentences: its task is “{task}”.",
        "{model}은(는) 문장을 그리는 모델이 아닙니다(과제: {task}).",
    ),
    # Interpolate
    "paths_tab": ("Interpolate", "보간"),
    "paths_lead": (
        "Each keyframe is one point of latent space. Walk from one to the next, and watch one picture turn into another.",
        "키프레임은 저마다 잠재 공간의 한 점입니다. 한 점에서 다음 점으로 걸어가며 그림이 바뀌는 모습을 지켜보세요.",
    ),
    "path_method": ("Path", "경로"),
    "path_slerp": ("slerp (sphere)", "slerp(구면)"),
    "path_lerp": ("lerp (straight)", "lerp(직선)"),
    "path_spline": ("spline (smooth)", "spline(곡선)"),
    "path_frames": ("Number of frames", "프레임 수"),
    "path_loop": ("Back to the first keyframe (loop)", "첫 키프레임으로 돌아오기(반복)"),
    "path_truncation_info": (
        "Pulls the points of seeds towards the origin; kept points stay.",
        "시드의 점을 원점 쪽으로 당깁니다. 보관한 점은 그대로입니다.",
    ),
    "keys": ("Keyframes", "키프레임"),
    "keys_heading": ("### Keyframes", "### 키프레임"),
    "keys_lead": (
        "2 to 12 of them. Pick one to see it above, to move it or to take it out.",
        "2개에서 12개까지 쓸 수 있습니다. 하나를 고르면 위에 크게 보이고, 옮기거나 뺄 수 있습니다.",
    ),
    "key_class": ("{name}, class {label}", "{name}, 클래스 {label}"),
    "key_acts": ("Change the chosen keyframe", "고른 키프레임 바꾸기"),
    "key_label": ("Class", "클래스"),
    "key_left": ("← Earlier", "← 앞으로"),
    "key_right": ("Later →", "뒤로 →"),
    "key_remove": ("Remove", "빼기"),
    "key_undo": ("Undo", "되돌리기"),
    "key_seed": ("Seed", "시드"),
    "key_add": ("Add this seed", "이 시드 더하기"),
    "key_dice": ("Add a random seed", "새 시드 뽑아 더하기"),
    "key_chosen": ("Add the picture chosen in another tab", "다른 탭에서 고른 그림 더하기"),
    "key_kept": ("Kept points", "보관한 점"),
    "key_kept_add": ("Add this point", "이 점 더하기"),
    "keys_link": (
        "A link holds seeds only; the kept points among these keyframes are not in it.",
        "링크에는 시드만 담깁니다. 보관한 점은 링크에 들어가지 않습니다.",
    ),
    "key_sleeping": (
        "Kept points of other models: {count}. They wait until you choose their model again.",
        "보관한 점 {count}개는 다른 모델의 것입니다. 그 모델을 다시 고르면 나타납니다.",
    ),
    "path_frame": ("The current frame", "현재 프레임"),
    "path_t": ("Place on the path t", "경로 위의 위치 t"),
    "play": ("Play", "재생"),
    "pause": ("Pause", "멈춤"),
    "norms": (
        "Length of z along the path: {least} to {most}. Dashed: {usual}, where random vectors lie.",
        "경로를 따라 잰 z의 길이는 {least}~{most}입니다. 점선은 무작위로 뽑은 벡터의 길이 {usual}입니다.",
    ),
    "save_mp4": ("Save MP4", "MP4 저장"),
    "save_strip": ("Save strip", "띠 그림 저장"),
    # Arithmetic
    "sums_tab": ("Arithmetic", "벡터 산술"),
    "sums_lead": (
        "Add and subtract faces: average a few latent vectors that share something, calculate with the averages, and the "
        "generator draws what comes out.",
        "얼굴을 더하고 뺄 수 있습니다. 공통점이 있는 잠재 벡터 몇 개를 평균 내어 더하고 빼면, 그 결과를 생성자가 그립니다.",
    ),
    "sums_presets": ("Examples", "예시"),
    "sum_glasses": ("Man with glasses − man + woman", "안경 쓴 남자 − 남자 + 여자"),
    "sum_smile": ("Smiling woman − neutral woman + neutral man", "웃는 여자 − 무표정한 여자 + 무표정한 남자"),
    "sum_mouth": ("Man with open mouth − man + woman", "입 벌린 남자 − 남자 + 여자"),
    "sum_five": ("5 − 4 + 2", "5 − 4 + 2"),
    "sum_nine": ("9 − 3 + 2", "9 − 3 + 2"),
    "sums_counts": ("New pictures in every row:", "줄마다 새로 뽑을 장수:"),
    "sums_count": ("{count} per row", "줄마다 {count}장"),
    "sums_undo": ("Undo", "되돌리기"),
    "sums_terms": ("The three rows", "세 줄"),
    "sums_row": ("Row {row}: {title}", "{row}줄: {title}"),
    "sums_any": ("Any pictures", "아무 그림"),
    "sums_average": ("average", "평균"),
    "sums_average_of": ("Average of row {row}", "{row}줄의 평균"),
    "sums_find": ("Find me three", "세 장 찾아 줘"),
    "sums_find_row": ("Find me three for row {row}", "{row}줄에 쓸 세 장 찾기"),
    "sums_pick": ("By hand", "직접 고르기"),
    "sums_pick_row": ("Choose by hand for row {row}", "{row}줄에 쓸 그림 직접 고르기"),
    "sums_trait_choose": ("+ trait", "+ 특징"),
    "sums_trait_row": ("Ask for a trait in row {row}", "{row}줄에 특징 더하기"),
    "sums_trait_drop": ("No more ask for: {title}", "특징 빼기: {title}"),
    "sums_exemplar": ("{name}, row {row}: weight and removal", "{name}, {row}줄: 가중치와 빼기"),
    "sums_weight": ("Weight", "가중치"),
    "sums_remove": ("Take out", "빼기"),
    "sums_few": (
        "{shown} of {count} pictures show this, as the judge sees it; the closest others fill up.",
        "판정 모델이 보기에 그림 {count}장 중 {shown}장만 여기에 해당해, 가장 가까운 그림으로 채웠습니다.",
    ),
    "sums_none": (
        "None of {count} pictures shows this, as the judge sees it; these come closest.",
        "판정 모델이 보기에 그림 {count}장 중 여기에 해당하는 것이 없어, 가장 가까운 그림을 가져왔습니다.",
    ),
    "sums_result": ("Result", "결과"),
    "sums_result_alt": ("The result of A - B + C", "A - B + C의 결과"),
    "sums_near": ("The result amid small perturbations of it", "결과와 그 주변(작은 잡음을 더한 것)"),
    "sums_judge": ("What the judge sees in it", "판정 모델이 본 결과"),
    "sums_sought": ("sought", "기대한 특징"),
    "sums_missed": ("sought: {title}", "기대: {title}"),
    "sums_length": (
        "Length of its z: {length}; random vectors have about {usual}.",
        "결과 z의 길이: {length} (무작위 벡터는 약 {usual})",
    ),
    "sums_strip": ("From A's average to the result: A + t (C − B)", "A의 평균에서 결과까지: A + t (C − B)"),
    "sums_strip_scaled": ("From A's average to the result", "A의 평균에서 결과까지"),
    "sums_strip_step": ("{percent} % of the way to the result", "결과까지 {percent}%"),
    "sums_usual": ("Bring averages and result to the usual length", "평균과 결과를 보통 길이로 맞추기"),
    "sums_usual_info": (
        "The paper takes the plain mean. That of n vectors is √n shorter than they are: three means of three add up to about the "
        "usual length again, single vectors come out too long, and means of six too short.",
        "논문은 그냥 평균을 씁니다. 벡터 n개의 평균은 √n배 짧아집니다. 세 개씩 평균 내어 더하고 빼면 다시 보통 길이쯤 되지만, 하나씩이면 너무 "
        "길고 여섯 개씩이면 너무 짧습니다.",
    ),
    "sums_link": (
        "A link holds seeds only; the kept points in these rows are not in it.",
        "링크에는 시드만 담깁니다. 보관한 점은 링크에 들어가지 않습니다.",
    ),
    "sums_picking": ("Choose for row {row}: {title}", "{row}줄에 쓸 그림 고르기: {title}"),
    "sums_picking_lead": (
        "{shown} of {count} pictures show this, the clearest first. Click one to put it into the row or to take it out.",
        "그림 {count}장 중 {shown}장이 여기에 해당하며, 뚜렷한 순서입니다. 누르면 줄에 넣거나 뺍니다.",
    ),
    "sums_picking_any": (
        "Click a picture to put it into the row or to take it out.",
        "그림을 누르면 줄에 넣거나 뺍니다.",
    ),
    "sums_more": ("Other pictures", "다른 그림"),
    "sums_earlier": ("← Clearer", "← 더 뚜렷한"),
    "sums_later": ("Less clear →", "덜 뚜렷한 →"),
    "sums_page": ("Page {page} of {pages}", "{pages}쪽 중 {page}쪽"),
    "sums_close": ("Done", "마치기"),
    "sums_seed_add": ("Add this seed", "이 시드 넣기"),
    "sums_chosen_add": ("Add the picture chosen in another tab", "다른 탭에서 고른 그림 넣기"),
    "sums_kept_add": ("Add this point", "이 점 넣기"),
    "sums_png": ("Save the equation (PNG)", "수식 그림 저장(PNG)"),
    "sums_judging": (
        "The judge looks at {count} pictures of this model first; that takes a few seconds, once.",
        "먼저 판정 모델이 이 모델의 그림 {count}장을 살펴봅니다. 처음 한 번만 몇 초 걸립니다.",
    ),
    "sums_explain_text": (
        r"""**Why it works.** A single vector holds everything about its picture at once: glasses, but also this nose, that
background, the light from the left. Take the mean of several that share one thing, and what they do not share
cancels, while what they share stays:

$$\bar z = \sum_i w_i\, z_i \Big/ \sum_i w_i$$

$$z = \bar z_A - \bar z_B + \bar z_C$$

Men with glasses less men leaves little but glasses, and these are put on women. Radford, Metz and Chintala (2016)
showed it with three exemplars per row and said that single ones were unstable. The generator was never told what glasses
are: that a step in latent space means the same in many places is what it found by itself.

**The pictures around the result** are the result plus a little uniform noise, as in the paper. If they look alike, it
was no accident; if one loses its glasses, it was a near thing.

**Who sorts the pictures?** A judge, a small classifier of real photographs, says of the pictures of many seeds what it sees.
*Man* and *woman* are what annotators took faces for, and the judge repeats their errors. Not every picture with glasses
has them because of a step in one direction: exemplars are drawn from those where a straight line through latent space,
fitted to what the judge sees, explains what the sum is to carry over. With pictures chosen by hand, or by clarity alone,
it fails more often.

**Try this.** Take 1 picture per row, and press again and again: how often does it still come out? Then take 6. Give one exemplar the weight 0 and see what it was that it brought along.""",
        r"""**왜 될까요?** 벡터 하나에는 그림의 모든 것이 한꺼번에 담겨 있습니다. 안경뿐 아니라 코의 모양, 배경, 왼쪽에서 드는 빛까지요.
한 가지만 공통인 벡터 여럿을 평균 내면 서로 다른 것은 상쇄되고 공통인 것만 남습니다.

$$\bar z = \sum_i w_i\, z_i \Big/ \sum_i w_i$$

$$z = \bar z_A - \bar z_B + \bar z_C$$

안경 쓴 남자에서 남자를 빼면 안경만 남다시피 하고, 그것을 여자에 더하면 여자가 안경을 씁니다. Radford, Metz, Chintala(2016)는 한 줄에
세 장씩 써서 이를 보였고, 한 장씩으로는 불안정하다고 했습니다. 생성자에게 안경이 무엇인지 알려 준 적은 없습니다. 잠재 공간에서 같은 걸음이 어디서나
비슷한 뜻을 갖는다는 것은 생성자가 스스로 찾아낸 구조입니다.

**결과를 둘러싼 그림**은 논문처럼 결과에 작은 균등 잡음을 더한 것입니다. 모두 비슷하면 우연이 아니고, 그중 하나라도 안경이 사라지면 아슬아슬했던
것입니다.

**그림은 누가 나눌까요?** 실제 사진으로 배운 작은 분류기인 판정 모델이 수많은 시드의 그림을 보고 나눕니다. *남자*와 *여자*는 데이터에 표를
단 사람들이 그렇게 본 것이며, 판정 모델은 그 오류까지 따릅니다. 안경이 보인다고 모두 한 방향으로 움직여서 생긴 안경은 아닙니다. 그래서
판정 결과에 맞춘 잠재 공간의 직선이, 합이 옮겨야 할 특징을 잘 설명하는 그림 가운데서 뽑습니다. 손으로 고르거나 뚜렷한 것만 고르면
더 자주 실패합니다.

**해 보세요.** 줄마다 1장씩으로 하고 거듭 눌러 보세요. 얼마나 자주 성공하나요? 이번에는 6장씩으로 해 보세요. 한 장의
가중치를 0으로 하면 그 그림이 무엇을 끌고 왔는지 알 수 있습니다.""",
    ),
    "trait_list": (", ", ", "),
    "trait_without": ("Not {name}", "{name} 아님"),
    "trait_Male": ("Man", "남자"),
    "trait_no_Male": ("Woman", "여자"),
    "trait_Eyeglasses": ("Glasses", "안경"),
    "trait_no_Eyeglasses": ("No glasses", "안경 없음"),
    "trait_Smiling": ("Smiling", "웃음"),
    "trait_no_Smiling": ("Not smiling", "웃지 않음"),
    "trait_Blond_Hair": ("Blond", "금발"),
    "trait_no_Blond_Hair": ("Not blond", "금발 아님"),
    "trait_Black_Hair": ("Black hair", "검은 머리"),
    "trait_no_Black_Hair": ("No black hair", "검은 머리 아님"),
    "trait_Brown_Hair": ("Brown hair", "갈색 머리"),
    "trait_no_Brown_Hair": ("No brown hair", "갈색 머리 아님"),
    "trait_Gray_Hair": ("Grey hair", "흰머리"),
    "trait_no_Gray_Hair": ("No grey hair", "흰머리 아님"),
    "trait_Bangs": ("Bangs", "앞머리"),
    "trait_no_Bangs": ("No bangs", "앞머리 없음"),
    "trait_Bald": ("Bald", "대머리"),
    "trait_no_Bald": ("Not bald", "대머리 아님"),
    "trait_No_Beard": ("No beard", "수염 없음"),
    "trait_no_No_Beard": ("Beard", "수염"),
    "trait_Mustache": ("Moustache", "콧수염"),
    "trait_no_Mustache": ("No moustache", "콧수염 없음"),
    "trait_Mouth_Slightly_Open": ("Mouth open", "벌린 입"),
    "trait_no_Mouth_Slightly_Open": ("Mouth closed", "다문 입"),
    "trait_Wearing_Lipstick": ("Lipstick", "립스틱"),
    "trait_no_Wearing_Lipstick": ("No lipstick", "립스틱 없음"),
    "trait_Wearing_Hat": ("Hat", "모자"),
    "trait_no_Wearing_Hat": ("No hat", "모자 없음"),
    "trait_Young": ("Young", "젊음"),
    "trait_no_Young": ("Old", "나이 듦"),
    "row_empty": ("Row {row} needs at least one picture.", "{row}줄에는 그림이 한 장 이상 있어야 합니다."),
    "row_full": (
        "Row {row} can hold {most} pictures; take one out first.",
        "{row}줄에는 그림을 {most}장까지 넣을 수 있습니다. 먼저 한 장을 빼 주세요.",
    ),
    "row_weightless": (
        "The weights in row {row} are all 0; one must be above.",
        "{row}줄의 가중치가 모두 0입니다. 하나는 0보다 커야 합니다.",
    ),
    "row_unfound": (
        "None of {count} pictures of {model} shows {traits}; the closest has seed {seed}.",
        "{model}의 그림 {count}장 중 {traits}에 해당하는 것이 없습니다. 가장 가까운 시드는 {seed}입니다.",
    ),
    "bad_traits": (
        "A row must be a list of seeds or latent vectors, or an object of traits and true or false, not {value}.",
        "줄은 시드나 잠재 벡터의 목록, 또는 특징과 true/false의 객체여야 합니다(받은 값: {value}).",
    ),
    "bad_trait": (
        "There is no trait {value} here; there are {names}.",
        "{value}(이)라는 특징은 없습니다. 있는 특징: {names}.",
    ),
    "bad_exemplars": (
        "A row must hold 1 to {most} seeds or latent vectors, not {value}.",
        "줄에는 시드나 잠재 벡터가 1개에서 {most}개까지 있어야 합니다(받은 값: {value}).",
    ),
    "bad_weight": (
        "A weight must be a number from 0 to {most}, not {value}.",
        "가중치는 0부터 {most}까지의 수여야 합니다(받은 값: {value}).",
    ),
    "bad_weights": (
        "The weights must be three lists, one per row, each with as many numbers as the row has pictures, not {value}.",
        "가중치는 줄마다 하나씩 세 목록이어야 하고, 각 목록의 수는 그 줄의 그림 수와 같아야 합니다(받은 값: {value}).",
    ),
    # Directions
    "directions_tab": ("Directions", "방향"),
    "directions_lead": (
        "Some directions of latent space mean something. Push a face along one and it puts glasses on, or begins to "
        "smile, and mostly stays the same face.",
        "잠재 공간에는 뜻이 있는 방향이 있습니다. 얼굴을 그 방향으로 밀면 안경을 쓰거나 웃기 시작하고, 나머지는 거의 그대로입니다.",
    ),
    "directions_dice": ("New picture", "새로 뽑기"),
    "directions_start": ("Start from", "출발점"),
    "directions_from_seed": ("the seed", "시드"),
    "directions_principal": ("Where pictures vary most", "그림이 가장 많이 변하는 방향"),
    "directions_reset": ("Reset all", "모두 되돌리기"),
    "directions_before": ("Before", "이전"),
    "directions_after": ("After", "이후"),
    "directions_judge": ("What the judge sees", "판정 모델의 답"),
    "directions_strip": (
        "{name}, from one end of its slider to the other",
        "{name}: 슬라이더의 한쪽 끝에서 다른 쪽 끝까지",
    ),
    "directions_explain_text": (
        r"""**Attribute directions.** Twenty thousand pictures are drawn, and a judge says of each whether it smiles. In
latent space a plane is fitted that parts the $z$ of those that do from those that do not; its normal $n$ is the direction
(InterFaceGAN, Shen et al. 2020). Faces that smile are more often taken for women, and so would be the moved ones:
from each normal the parts along the other normals are taken away. From there the direction is steered
by gradient descent through judge and generator, until it changes most faces in what it is for and few in the rest.

$$z' = z + \alpha\, n, \qquad n_a \leftarrow n_a - \sum_b \langle n_a, n_b\rangle\, n_b$$

**Principal directions** ask no judge. The first layer is linear, and its singular vectors are the directions of $z$ along
which its output varies most (GANSpace, Härkönen et al. 2020; SeFa, Shen and Zhou 2021). What they mean is for you to see.

`python -m train directions <model>` computes both and keeps them beside the weights.

**Try this.** Take somebody far to one end: what else changes? The directions know only what the training photographs
show together.""",
        r"""**속성 방향.** 그림 2만 장을 그려 판정 모델에게 웃고 있는지 묻습니다. 잠재 공간에서 웃는 그림의 $z$와 그렇지 않은
그림의 $z$를 나누는 평면을 맞추면, 그 법선 $n$이 방향입니다(InterFaceGAN, Shen et al. 2020). 웃는 얼굴은 여성으로 판정되는
일이 많아 그대로 밀면 성별도 함께 바뀝니다. 그래서 각 법선에서 다른 법선 방향의 성분을 뺍니다. 그다음 판정 모델과 생성자를 거슬러
경사 하강으로 다듬어, 바꾸려는 것은 대부분의 얼굴에서 바뀌고 나머지는 되도록 그대로 있게 합니다.

$$z' = z + \alpha\, n, \qquad n_a \leftarrow n_a - \sum_b \langle n_a, n_b\rangle\, n_b$$

**주성분 방향**에는 판정 모델이 필요 없습니다. 첫 층은 선형이므로, 그 출력이 가장 많이 변하는 $z$의 방향은 특이 벡터입니다
(GANSpace, Härkönen et al. 2020; SeFa, Shen and Zhou 2021). 무엇을 뜻하는지는 직접 보고 판단하세요.

`python -m train directions <모델>` 명령이 두 가지를 모두 계산해 가중치 옆에 저장합니다.

**해 보세요.** 한쪽 끝까지 밀어 보세요. 무엇이 함께 바뀌나요? 방향은 학습 사진에 함께 나타난 것만 압니다.""",
    ),
    "no_directions": (
        "{model} has no directions yet: python -m train directions {model} finds them.",
        "{model}에는 아직 방향이 없습니다. python -m train directions {model} 명령으로 찾을 수 있습니다.",
    ),
    "bad_amounts": (
        "amounts must be an object of direction names and numbers, not {value}.",
        "amounts는 방향 이름과 수의 객체여야 합니다({value} 아님).",
    ),
    "bad_direction": (
        "There is no direction {value}; there are {names}.",
        "{value}라는 방향은 없습니다. 있는 방향: {names}",
    ),
    "bad_amount": (
        "{name} must be a number from -{most} to {most}, not {value}.",
        "{name}은(는) -{most}에서 {most} 사이의 수여야 합니다({value} 아님).",
    ),
    "keep_name": ("Keep under a name, for all tabs", "이름을 붙여 보관하기(모든 탭에서 쓸 수 있음)"),
    "keep_button": ("Keep", "보관하기"),
    "kept_done": ("Kept as {name}.", "{name}(으)로 보관했습니다."),
    "kept_nearer": (
        "Kept as {name}. A kept point has one class, so it took the nearer one, {label}.",
        "{name}(으)로 보관했습니다. 보관한 점은 클래스가 하나여서 더 가까운 {label}(으)로 정했습니다.",
    ),
    "paths_explain_text": (
        r"""A path joins **keyframes** $z_0, z_1, \dots$, and the generator draws every point on the way: $x(t) = G(z(t))$. That
one picture flows into the next is a sign that the generator has not just learned pictures by heart.

**Why not straight?** Each of the $d$ coordinates of $z \sim \mathcal{N}(0, I)$ is random, but their squares add up to nearly
the same sum every time. In many dimensions almost all random vectors lie in a thin **shell**:

$$\lVert z \rVert \approx \sqrt{d}$$

**Lerp**, the straight line, cuts through the inside. Halfway between two independent vectors it is shorter by $\sqrt{2}$,
which a random vector hardly ever is: the generator is asked for what it never practised, and gives something bland.

$$\text{lerp}(a, b; s) = (1 - s)\, a + s\, b$$

**Slerp** turns the direction evenly by the angle $\omega$ between both directions $\hat a$ and $\hat b$, and stays in the shell
(White 2016). Here the length goes evenly from the one to the other, so that keyframes are met exactly:

$$\hat z(s) = \frac{\sin((1 - s)\, \omega)}{\sin \omega}\, \hat a + \frac{\sin(s\, \omega)}{\sin \omega}\, \hat b$$

**Spline** (Catmull-Rom) passes each keyframe without a corner, in the direction from the one before to the one after. It is
smooth in time, but leaves the shell as lerp does. The plot under the player shows the length along your path.

Where a model takes a **class**, the weights of the classes go evenly from one keyframe's to the next's.

**Try this.** Change from slerp to lerp and watch the plot sag between keyframes: do the digits there get thinner or vaguer?
Put the same seed in twice and the film pauses. Then loop, and save the GIF.""",
        r"""경로는 **키프레임** $z_0, z_1, \dots$을 잇고, 생성자는 그 위의 모든 점을 그림으로 옮깁니다. 곧 $x(t) = G(z(t))$입니다. 그림이
매끄럽게 이어진다면, 생성자가 그림을 그저 외우지는 않았다는 신호입니다.

**왜 직선으로 가지 않을까요?** $z \sim \mathcal{N}(0, I)$의 좌표 $d$개는 제각각이지만, 제곱해서 더하면 매번 거의 같은 값이
됩니다. 그래서 고차원에서는 무작위 벡터가 거의 모두 얇은 **껍질**에 모여 있습니다.

$$\lVert z \rVert \approx \sqrt{d}$$

직선 **lerp**는 껍질 안쪽을 가로지릅니다. 서로 독립인 두 벡터의 한가운데에서는 길이가 $\sqrt{2}$배만큼 짧아지는데, 무작위
벡터가 이렇게 짧은 일은 거의 없습니다. 생성자는 연습해 본 적 없는 입력을 받아 밋밋한 그림을 내놓습니다.

$$\text{lerp}(a, b; s) = (1 - s)\, a + s\, b$$

**Slerp**는 두 벡터의 방향 $\hat a$와 $\hat b$ 사이의 각 $\omega$를 고르게 돌면서 껍질 위에 머뭅니다(White 2016). 여기서는 길이도 한쪽에서 다른 쪽으로
고르게 바뀌므로 키프레임을 정확히 지납니다.

$$\hat z(s) = \frac{\sin((1 - s)\, \omega)}{\sin \omega}\, \hat a + \frac{\sin(s\, \omega)}{\sin \omega}\, \hat b$$

**Spline**(Catmull-Rom)은 앞뒤 키프레임을 잇는 방향으로 각 키프레임을 꺾임 없이 지납니다. 움직임은 매끄럽지만 lerp처럼
껍질을 벗어납니다. 재생기 아래 그래프에서 지금 경로의 길이를 볼 수 있습니다.

**클래스**를 받는 모델에서는 클래스의 가중치도 키프레임 사이에서 고르게 바뀝니다.

**해 보세요.** slerp를 lerp로 바꾸고 키프레임 사이에서 그래프가 처지는 것을 보세요. 그곳의 숫자는 더 가늘거나 흐릿한가요? 같은
시드를 두 번 넣으면 그 자리에서 잠시 멈춥니다. 반복을 켜고 GIF로 저장해 보세요.""",
    ),
    "wrong_task_paths": (
        "{model} does not draw images from latent vectors: its task is “{task}”.",
        "{model}은(는) 잠재 벡터로 그림을 그리는 모델이 아닙니다(과제: {task}).",
    ),
    "keys_full": (
        "There are {most} keyframes already; take one out first.",
        "키프레임이 이미 {most}개입니다. 먼저 하나를 빼 주세요.",
    ),
    "keys_few": ("A path needs at least {least} keyframes.", "경로에는 키프레임이 {least}개 이상 있어야 합니다."),
    "nothing_to_undo": ("There is nothing to undo.", "되돌릴 것이 없습니다."),
    "nothing_chosen": (
        "First choose a picture in another tab, such as Sample or Classes.",
        "먼저 표본 뽑기나 클래스 같은 다른 탭에서 그림을 고르세요.",
    ),
    "chosen_elsewhere": (
        "The chosen picture was made by {other}: choose that model here first.",
        "고른 그림은 {other}(으)로 만든 것입니다. 먼저 여기에서 그 모델을 고르세요.",
    ),
    "point_unknown": ("There is no kept point of that name here.", "그런 이름으로 보관한 점이 없습니다."),
    "chosen_name": ("Seed {seed}, ψ = {truncation}", "시드 {seed}, ψ = {truncation}"),
    "bad_frames": (
        "The number of frames must be a whole number from {low} to {high}, not {value}.",
        "프레임 수는 {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
    ),
    "bad_option": (
        "{name} must be one of {options}, not {value}.",
        "{name}은(는) {options} 가운데 하나여야 합니다(받은 값: {value}).",
    ),
    "bad_keys": (
        "The keys must be a list of 2 to {most} seeds or latent vectors, not {value}.",
        "keys는 시드나 잠재 벡터를 2개에서 {most}개까지 담은 목록이어야 합니다(받은 값: {value}).",
    ),
    "bad_latent_size": (
        "A latent vector of this model has {size} numbers, not {value}.",
        "이 모델의 잠재 벡터는 수 {size}개로 이루어집니다(받은 개수: {value}).",
    ),
    "bad_latent": (
        "A latent vector must hold numbers from -{most} to {most}, not {value}.",
        "잠재 벡터의 값은 -{most}부터 {most}까지의 수여야 합니다(받은 값: {value}).",
    ),
    "bad_key_labels": (
        "{model} needs one class per keyframe: {count} labels for {keys} keys were given.",
        "{model}에는 키프레임마다 클래스가 하나씩 필요합니다(클래스 {count}개, 키프레임 {keys}개).",
    ),
    "no_key_labels": (
        "{model} takes no classes; leave the labels out.",
        "{model}은(는) 클래스를 받지 않습니다. labels를 빼 주세요.",
    ),
    "bad_name": ("Type a name of 1 to {most} letters first.", "먼저 {most}자 이내의 이름을 입력하세요."),
    "name_taken": (
        "The name {value} is taken; choose another one.",
        "{value}(이)라는 이름은 이미 있습니다. 다른 이름을 쓰세요.",
    ),
    # Invert
    "invert_tab": ("Invert", "거꾸로 찾기"),
    "invert_lead": (
        "A generator turns a vector into a picture. Here it goes backwards: give it a picture, and watch the search for "
        "the vector that draws it best.",
        "생성자는 벡터를 그림으로 바꿉니다. 여기서는 반대로, 그림을 주면 그 그림을 가장 비슷하게 그리는 벡터를 찾아 가는 과정을 "
        "볼 수 있습니다.",
    ),
    "invert_upload": ("Your picture", "내 그림"),
    "invert_current": ("Use current image", "현재 이미지 쓰기"),
    "invert_other": ("Another model's", "다른 모델의 그림"),
    "invert_no_other": (
        "No other model here draws what {model} does; upload a picture.",
        "{model}와(과) 같은 것을 그리는 다른 모델이 없습니다. 그림을 올려 주세요.",
    ),
    "invert_test": ("Self-test", "자체 시험"),
    "invert_go": ("Invert", "벡터 찾기"),
    "invert_stop": ("Stop", "멈추기"),
    "method": ("Method", "방법"),
    "method_fast": ("Fast, second order", "빠른 방법 (2차)"),
    "method_paper": ("The paper's, RMSprop", "논문의 방법 (RMSprop)"),
    "invert_every": ("Try every class", "모든 클래스 시도"),
    "invert_steps_most": ("Steps at most", "최대 단계 수"),
    "invert_seconds_most": ("Seconds at most", "최대 시간(초)"),
    "invert_restarts_most": ("Restarts at most (fast method)", "최대 시작점 수 (빠른 방법)"),
    "target": ("Target", "목표"),
    "reconstruction": ("Reconstruction", "복원"),
    "difference": ("Difference × {gain}", "차이 × {gain}"),
    "invert_waiting": (
        "Press Invert to search for this picture, or Self-test for a new one that the model draws itself: its vector "
        "exists, so a good search must find it.",
        "‘벡터 찾기’를 누르면 이 그림을 찾습니다. ‘자체 시험’은 모델이 직접 그린 새 그림을 찾습니다. 답이 되는 벡터가 "
        "분명히 있으므로, 제대로 된 탐색이라면 찾아내야 합니다.",
    ),
    "invert_running": ("Searching …", "찾는 중 …"),
    "invert_converged": ("converged", "수렴함"),
    "invert_steps": ("all steps taken", "단계를 모두 씀"),
    "invert_seconds": ("time is up", "시간이 다 됨"),
    "invert_stopped": ("stopped", "멈춤"),
    "invert_found": ("Found: this generator can draw the picture.", "찾았습니다. 이 생성자가 그릴 수 있는 그림입니다."),
    "invert_near": ("Similar: this is as near as the search came.", "비슷합니다. 여기까지 다가갔습니다."),
    "invert_far": (
        "Far off: this generator hardly draws such pictures.",
        "많이 다릅니다. 이 생성자는 이런 그림을 거의 그리지 못합니다.",
    ),
    "invert_taken": ("step {step}, {seconds} s", "{step}단계, {seconds}초"),
    "invert_error": ("squared error {error}", "제곱 오차 {error}"),
    "invert_restarts": ("Restarts, best first", "시작점별 결과(좋은 순)"),
    "invert_restart": ("Restart, rank {place}: {psnr} dB", "시작점, {place}위: {psnr} dB"),
    "invert_class": ("class {label}", "클래스 {label}"),
    "invert_psnr_title": ("PSNR", "PSNR"),
    "invert_psnr_axis": ("dB", "dB"),
    "invert_error_title": ("Loss", "손실"),
    "invert_error_axis": ("mean squared error", "평균 제곱 오차"),
    "invert_seconds_axis": ("seconds", "초"),
    "invert_curve_label": ("best so far", "지금까지 가장 좋은 값"),
    "invert_curve_caption": ("Pixels between 0 (black) and 1 (white).", "픽셀은 0(검정)에서 1(흰색)까지입니다."),
    "invert_blank": (
        "There is nothing on this picture to search for.",
        "이 그림에는 찾을 것이 없습니다. 비어 있습니다.",
    ),
    "invert_nothing": ("Choose a picture first.", "먼저 그림을 고르세요."),
    "invert_no_current": (
        "No picture has been chosen in another tab yet.",
        "아직 다른 탭에서 고른 그림이 없습니다.",
    ),
    "invert_no_classes": ("{model} knows no classes.", "{model}에는 클래스가 없습니다."),
    "square_across": ("Square: across", "정사각형: 가로 위치"),
    "square_down": ("Square: down", "정사각형: 세로 위치"),
    "square_side": ("Square: side", "정사각형: 크기"),
    "square_picture": ("Your picture with the square that is used", "내 그림과 그중에서 쓰이는 정사각형"),
    "face_none": (
        "No face was found in this picture; set the square by hand.",
        "이 그림에서 얼굴을 찾지 못했습니다. 정사각형을 직접 맞춰 주세요.",
    ),
    "face_none_api": (
        "No face was found in this picture; name the square that holds it.",
        "이 그림에서 얼굴을 찾지 못했습니다. 얼굴이 있는 정사각형을 알려 주세요.",
    ),
    "face_many": (
        "There are {count} faces in this picture; the largest was taken.",
        "이 그림에는 얼굴이 {count}개 있어 가장 큰 얼굴을 골랐습니다.",
    ),
    "keep_nothing": (
        "Invert a picture first: there is nothing to keep yet.",
        "먼저 그림을 찾아 주세요. 보관할 것이 아직 없습니다.",
    ),
    "kept_as": (
        "Kept as “{name}”; other tabs offer it now.",
        "“{name}”(으)로 보관했습니다. 다른 탭에서 쓸 수 있습니다.",
    ),
    "kept_name": ("Found {number}", "찾은 벡터 {number}"),
    "bad_restarts": (
        "The number of restarts must be a whole number from {low} to {high}, not {value}.",
        "시작점 수는 {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
    ),
    "bad_seconds": (
        "The seconds must be a number from 1 to {high}, not {value}.",
        "시간은 1부터 {high}까지의 수(초)여야 합니다(받은 값: {value}).",
    ),
    "bad_method": (
        "The method must be one of {known}, not {value}.",
        "방법은 {known} 가운데 하나여야 합니다(받은 값: {value}).",
    ),
    "bad_square": (
        "The square must be three numbers, the middle across and down from 0 to 1 and the side from {low} to {high}, not {value}.",
        "정사각형은 세 수여야 합니다. 가운데의 가로와 세로 위치는 0부터 1까지, 크기는 {low}부터 {high}까지입니다(받은 값: {value}).",
    ),
    "wrong_task_inversion": (
        "{model} does not draw pictures from latent vectors: its task is “{task}”.",
        "{model}은(는) 잠재 벡터로 그림을 그리는 모델이 아닙니다(과제: {task}).",
    ),
    "invert_explain_text": (
        r"""**Inversion** asks: which latent vector $z$ makes the generator $G$ draw this picture $x$? It is a search for the
smallest squared error over all $n$ pixels:

$$L(z) = \frac{1}{n} \lVert G(z) - x \rVert^2$$

$$\text{PSNR} = -10 \log_{10} L(z)$$

With pixels between 0 and 1, 20 dB mean an error of a tenth, 30 dB one that is hard to see.

**The paper's method** (Xiang and Li 2017) starts at $z = 0$, the middle of the latent space, and goes downhill along the
gradient of $L$, its steps evened out by RMSprop with learning rate 0.01.

**The fast method** first lets $G$ draw some hundred pictures and fits a **linear regression** from pictures to $z$: its
guess is the start. From there **Levenberg–Marquardt** steps solve for the change of $z$ that a linear $G$ would need,

$$\Delta z = -(J^\top J + \sigma^2 I + \lambda I)^{-1} (J^\top r + \sigma^2 z)$$

with the difference $r = G(z) - x$ and the Jacobian $J = \partial G / \partial z$. To measure $J$ takes one picture per
dimension, so it is mostly kept and only **corrected** by what each step shows (Broyden 1965). The damping $\lambda$ is tried
at four strengths at once. The **prior** $z \sim \mathcal{N}(0, I)$ weighs as much as the remaining error $\sigma^2$ lets it: a
picture that $G$ can draw is found exactly, and for any other one $z$ stays where $G$ has learned to draw.

**Try this.** Run the self-test a few times: can you see a difference? Then draw a digit on paper and take a photo of it.
What is lost tells what this generator never learned. Keep the result to go on with it in other tabs.""",
        r"""**역변환**(inversion)은 생성자 $G$가 그림 $x$를 그리게 하는 잠재 벡터 $z$를 거꾸로 찾는 일입니다. 픽셀 $n$개의 제곱 오차가
가장 작아지는 곳을 찾습니다.

$$L(z) = \frac{1}{n} \lVert G(z) - x \rVert^2$$

$$\text{PSNR} = -10 \log_{10} L(z)$$

픽셀 값이 0에서 1 사이일 때 20 dB는 0.1만큼의 오차이고, 30 dB면 눈으로 구별하기 어렵습니다.

**논문의 방법**(Xiang, Li 2017)은 잠재 공간의 한가운데인 $z = 0$에서 출발해 $L$의 기울기를 따라 내려갑니다. 걸음의 크기는
RMSprop(학습률 0.01)이 고르게 맞춥니다.

**빠른 방법**은 먼저 $G$로 그림 수백 장을 그려 그림에서 $z$로 가는 **선형 회귀**를 맞추고, 그 예측값에서 출발합니다. 그다음
**레벤버그–마쿼트** 걸음마다 $G$가 선형이라면 필요한 $z$의 변화를 풉니다.

$$\Delta z = -(J^\top J + \sigma^2 I + \lambda I)^{-1} (J^\top r + \sigma^2 z)$$

여기서 $r = G(z) - x$는 남은 차이, $J = \partial G / \partial z$는 야코비 행렬입니다. $J$를 재려면 차원마다 그림을 한 장씩
그려야 하므로, 대개는 그대로 두고 걸음마다 알게 된 만큼만 **고칩니다**(Broyden 1965). 감쇠 $\lambda$는 네 가지 세기를 한꺼번에 시험합니다.
**사전 분포** $z \sim \mathcal{N}(0, I)$는 남은 오차 $\sigma^2$만큼만 작용합니다. 그래서 $G$가 그릴 수 있는 그림은 정확히 찾고,
그렇지 않은 그림에서는 $z$가 $G$가 배운 영역에 머뭅니다.

**해 보세요.** 자체 시험을 몇 번 해 보세요. 차이가 보이나요? 종이에 숫자를 써서 사진을 찍어 올려 보세요. 사라진 부분은 이
생성자가 배우지 못한 것입니다. 결과를 보관하면 다른 탭에서 이어서 쓸 수 있습니다.""",
    ),
    # Translate
    "translate_tab": ("Translate", "변환"),
    "translate_lead": (
        "Turn a photograph of one kind into one of another, and back again: what comes back shows what the translation kept.",
        "한 종류의 그림을 다른 종류로 바꾸고, 다시 되돌려 보세요. 되돌아온 그림을 보면 변환이 무엇을 간직했는지 알 수 있습니다.",
    ),
    "translate_direction": ("Direction", "방향"),
    "translate_between": ("{first} → {second}", "{first} → {second}"),
    "translate_examples": ("Examples", "예시 그림"),
    "translate_example": ("Example {number}: {shown}", "예시 {number}: {shown}"),
    "translate_side": ("Longer side at most (pixels)", "긴 변의 최대 픽셀 수"),
    "translate_slider": ("Before and after", "변환 전과 후"),
    "translate_waiting": (
        "Choose a picture: a file, the webcam, or what you copied. Before and after appear here, side by side.",
        "그림을 고르세요. 파일, 웹캠, 복사한 그림을 모두 쓸 수 있습니다. 변환 전과 후가 여기에 나란히 나타납니다.",
    ),
    "translate_as_is": (
        "The picture was taken as it is, {width} × {height} pixels.",
        "그림을 그대로 썼습니다({width} × {height}픽셀).",
    ),
    "translate_scaled": (
        "The picture was scaled from {from_width} × {from_height} to {width} × {height} pixels.",
        "그림의 크기를 {from_width} × {from_height}에서 {width} × {height}픽셀로 바꿨습니다.",
    ),
    "translate_cut": (
        "The middle of the picture was scaled from {from_width} × {from_height} to {width} × {height} pixels.",
        "{from_width} × {from_height}픽셀 그림의 가운데 부분을 {width} × {height}픽셀로 바꿨습니다.",
    ),
    "translate_inked": (
        "The ink was found, made white on black and centred as in MNIST, {width} × {height} pixels.",
        "획을 찾아 MNIST처럼 검은 바탕에 흰색으로 바꾸고 가운데에 놓았습니다({width} × {height}픽셀).",
    ),
    "translate_face": (
        "The largest face was cut out, {width} × {height} pixels.",
        "가장 큰 얼굴을 {width} × {height}픽셀로 잘라 냈습니다.",
    ),
    "translate_no_face": (
        "No face was found; the middle was taken, {width} × {height} pixels.",
        "얼굴을 찾지 못해 가운데 부분을 썼습니다({width} × {height}픽셀).",
    ),
    "translate_labels": (
        "Every pixel got the nearest of the twelve colours, {width} × {height} pixels.",
        "모든 픽셀을 열두 가지 색 가운데 가장 가까운 색으로 바꿨습니다({width} × {height}픽셀).",
    ),
    "translate_strange": (
        "This picture looks unlike those from which this model learned what “{shown}” is: do not expect much.",
        "이 모델이 ‘{shown}’을(를) 배울 때 본 그림들과 많이 다릅니다. 결과를 크게 기대하지는 마세요.",
    ),
    "translate_reads": (
        "A judge reads {before} ({before_percent} %) before and {after} ({after_percent} %) after.",
        "판정 모델은 변환 전을 {before}({before_percent}%), 변환 후를 {after}({after_percent}%)(으)로 읽습니다.",
    ),
    "translate_cycle_heading": ("There and back again", "갔다가 되돌아오기"),
    "translate_cycle_waiting": ("Translating it back …", "되돌리는 중 …"),
    "translate_before": ("Before", "변환 전"),
    "translate_after": ("After", "변환 후"),
    "translate_back": ("Back again", "되돌린 그림"),
    "translate_cycle_error": (
        "Mean absolute error of the way there and back, with pixels between 0 and 1.",
        "갔다가 되돌아온 그림의 평균 절대 오차입니다(픽셀은 0에서 1 사이).",
    ),
    "translate_save": ("Save PNG", "PNG 저장"),
    "translate_batch_heading": ("### Several at once", "### 여러 장 한꺼번에"),
    "translate_batch_lead": (
        "Up to 12 pictures in the chosen direction.",
        "고른 방향으로 12장까지 한꺼번에 변환합니다.",
    ),
    "translate_batch_files": ("Pictures", "그림 파일"),
    "translate_batch_again": ("Translate them again", "다시 변환하기"),
    "translate_batch_none": ("Choose some pictures first.", "먼저 그림 파일을 고르세요."),
    "translate_batch_results": ("Translations", "변환 결과"),
    "translate_batch_done": ("Translated: {done} of {count}.", "{count}장 중 {done}장을 변환했습니다."),
    "translate_batch_bad": ("{name}: {why}", "{name}: {why}"),
    "translate_batch_many": (
        "Only the first {most} were taken; these were left out: {names}.",
        "처음 {most}장만 변환했습니다. 빠진 그림: {names}.",
    ),
    "translate_digits_heading": ("### Does a digit stay a digit?", "### 숫자가 그대로 남을까요?"),
    "translate_digits_lead": (
        "These digits were drawn by other models of this page. Above each, the translation's source, and what a judge reads in it; "
        "below, the translation. In red: it became another digit.",
        "이 페이지의 다른 모델이 그린 숫자들입니다. 위는 변환 전, 아래는 변환 후이며, 판정 모델이 읽은 숫자를 함께 적었습니다. 빨간색은 다른 "
        "숫자가 되었다는 뜻입니다.",
    ),
    "translate_digits_kept": (
        "{kept} of {count} are read as the same digit before and after.",
        "{count}개 중 {kept}개가 변환 전과 후에 같은 숫자로 읽힙니다.",
    ),
    "translate_digit_before": ("Digit {number} before, read as {label}", "숫자 {number} 변환 전, {label}(으)로 읽음"),
    "translate_digit_after": ("Digit {number} after, read as {label}", "숫자 {number} 변환 후, {label}(으)로 읽음"),
    "translate_digits_none": (
        "No model here draws such digits; draw or upload one.",
        "이런 숫자를 그리는 모델이 여기에 없습니다. 직접 그리거나 올려 보세요.",
    ),
    "translate_draw_heading": ("### Draw a digit", "### 숫자 그리기"),
    "translate_draw_lead": (
        "Draw one, and see it above as the other kind of digit.",
        "숫자를 그리면 위에 다른 종류의 숫자로 바뀌어 나타납니다.",
    ),
    "translate_facade_heading": ("### Draw a facade", "### 건물 정면 그리기"),
    "translate_facade_lead": (
        "Each colour stands for a part of a building; white becomes wall. Paint windows, balconies, a door, and look above at what "
        "becomes of them.",
        "색마다 건물의 한 부분을 나타내고, 흰색은 벽이 됩니다. 창문, 발코니, 문을 칠하고 위에서 무엇이 되는지 보세요.",
    ),
    "facade_palette": ("Colours and their parts", "색과 건물의 부분"),
    "facade_background": ("background", "배경"),
    "facade_wall": ("wall", "벽"),
    "facade_window": ("window", "창문"),
    "facade_door": ("door", "문"),
    "facade_cornice": ("cornice", "처마 장식"),
    "facade_sill": ("sill", "창턱"),
    "facade_balcony": ("balcony", "발코니"),
    "facade_blind": ("blind", "덧문"),
    "facade_deco": ("decoration", "장식"),
    "facade_molding": ("moulding", "몰딩"),
    "facade_pillar": ("pillar", "기둥"),
    "facade_shop": ("shop", "상점"),
    "translate_nothing": (
        "Choose a picture first: there is nothing to save yet.",
        "먼저 그림을 고르세요. 저장할 것이 없습니다.",
    ),
    "translate_blank": ("There is no digit on this picture.", "이 그림에는 숫자가 없습니다."),
    "translate_narrow": (
        "This picture is too long and narrow to be translated ({width} × {height} pixels).",
        "변환하기에는 너무 길고 좁은 그림입니다({width} × {height}픽셀).",
    ),
    "wrong_task_translation": (
        "{model} does not translate pictures: its task is “{task}”.",
        "{model}은(는) 그림을 변환하는 모델이 아닙니다(과제: {task}).",
    ),
    "translate_explain_text": (
        r"""Two collections of pictures, $A$ and $B$, and nobody says which picture of the one belongs to which of the other.
**CycleGAN** (Zhu et al. 2017) learns two translators from them, $G: A \to B$ and $F: B \to A$, each with a **discriminator** that
looks at translations and real pictures, patch by patch. With the least-squares loss, $G$ lowers

$$L_{\text{GAN}}(G) = \mathbb{E}_{a} \left(D_B(G(a)) - 1\right)^2$$

That alone would let $G$ paint any zebra for any horse. **Cycle consistency** ties the translation to its source: going there and back
must lead home.

$$\begin{aligned} L_{\text{cyc}} = {} & \mathbb{E}_{a} \lVert F(G(a)) - a \rVert_1 \\ & + \mathbb{E}_{b} \lVert G(F(b)) - b \rVert_1 \end{aligned}$$

The number under the pictures is this norm for your picture, per pixel; the map shows where it is made. A small error does not prove a
good translation: networks learn to **hide** what they need for the way back in faint noise (Chu et al. 2017).

Often an **identity** term is added, which keeps colours: what is a zebra already shall stay as it is.

$$L_{\text{id}} = \mathbb{E}_{b} \lVert G(b) - b \rVert_1 + \mathbb{E}_{a} \lVert F(a) - a \rVert_1$$

**pix2pix** (Isola et al. 2017) has pairs $(a, b)$ and needs no cycle: its discriminator sees source and translation together, and the
distance to the true answer is part of the loss.

$$L = L_{\text{cGAN}}(G, D) + \lambda\, \mathbb{E}_{a, b} \lVert b - G(a) \rVert_1$$

**The remark** about unfamiliar pictures compares yours with the training pictures, by features of a network that knows photographs
(EfficientNet-lite0): it appears where the nearest one is farther away than for 95 % of the test pictures.

**Try this.** Translate a picture in the wrong direction: what does the model do to a zebra that it takes for a horse? Then give it
something it never saw, and look at the error map.""",
        r"""그림 모음이 둘, $A$와 $B$가 있습니다. 한쪽의 어느 그림이 다른 쪽의 어느 그림과 짝인지는 아무도 알려 주지 않습니다. **CycleGAN**(Zhu
외 2017)은 여기서 변환기 두 개, $G: A \to B$와 $F: B \to A$를 배웁니다. 변환기마다 **판별자**가 하나씩 있어, 변환한 그림과 진짜 그림을
조각(patch)마다 살펴봅니다. 최소제곱 손실에서 $G$는 다음 값을 줄입니다.

$$L_{\text{GAN}}(G) = \mathbb{E}_{a} \left(D_B(G(a)) - 1\right)^2$$

이것만으로는 어떤 말을 주어도 아무 얼룩말이나 그리면 됩니다. **순환 일관성**은 변환 결과를 원래 그림에 묶어 둡니다. 갔다가
되돌아오면 제자리여야 합니다.

$$\begin{aligned} L_{\text{cyc}} = {} & \mathbb{E}_{a} \lVert F(G(a)) - a \rVert_1 \\ & + \mathbb{E}_{b} \lVert G(F(b)) - b \rVert_1 \end{aligned}$$

그림 아래의 숫자는 여러분의 그림에서 잰 이 값의 픽셀 평균이고, 오차 지도는 오차가 어디서 생겼는지 보여 줍니다. 오차가 작다고 변환이
좋다는 뜻은 아닙니다. 신경망은 되돌아올 때 필요한 정보를 옅은 잡음으로 **숨기는** 법도 배우기 때문입니다(Chu 외 2017).

색을 지키려고 **항등** 항을 더하기도 합니다. 이미 얼룩말인 그림은 그대로 두어야 한다는 뜻입니다.

$$L_{\text{id}} = \mathbb{E}_{b} \lVert G(b) - b \rVert_1 + \mathbb{E}_{a} \lVert F(a) - a \rVert_1$$

**pix2pix**(Isola 외 2017)에는 짝 $(a, b)$가 있어 순환이 필요 없습니다. 판별자는 원본과 변환 결과를 함께 보고, 정답과의 거리도 손실에
들어갑니다.

$$L = L_{\text{cGAN}}(G, D) + \lambda\, \mathbb{E}_{a, b} \lVert b - G(a) \rVert_1$$

**낯선 그림이라는 안내**는 사진을 아는 신경망(EfficientNet-lite0)의 특징으로 여러분의 그림과 학습 그림을 견주어 나타납니다. 가장
가까운 학습 그림까지의 거리가 시험용 그림 95%의 경우보다 멀 때입니다.

**해 보세요.** 그림을 반대 방향으로 변환해 보세요. 얼룩말을 말로 여기면 무엇을 할까요? 모델이 한 번도 본 적 없는 그림을 주고 오차
지도도 살펴보세요.""",
    ),
    # Enlarge
    "enlarge_tab": ("Enlarge", "키우기"),
    "enlarge_lead": (
        "Make a photograph two or four times as wide and high. Drag the handle to compare what a network draws with plain "
        "interpolation, and measure both against the original.",
        "사진의 가로와 세로를 두 배나 네 배로 키웁니다. 손잡이를 끌어 신경망이 그린 그림을 단순 보간과 견주고, 둘을 원본과 비교해 재어 "
        "보세요.",
    ),
    "enlarge_picked": ("Picture of another tab", "다른 탭의 그림"),
    "enlarge_none_picked": (
        "Click a picture in another tab first, then come back.",
        "먼저 다른 탭에서 그림을 누르고 돌아오세요.",
    ),
    "enlarge_generated": ("A generated picture", "생성된 그림"),
    "enlarge_no_generated": (
        "No model here draws pictures in colour; upload a photograph.",
        "색이 있는 그림을 그리는 모델이 없습니다. 사진을 올려 주세요.",
    ),
    "enlarge_go": ("Enlarge", "키우기"),
    "enlarge_shrink": ("Shrink it first, then enlarge it again", "먼저 줄였다가 다시 키우기"),
    "enlarge_shrink_info": (
        "The photograph itself is then the original to measure against.",
        "사진 자체가 비교할 원본이 됩니다.",
    ),
    "enlarge_original": ("Its original in full size, to measure against", "비교할 원본(큰 사진)"),
    "enlarge_slider": ("Left: bicubic interpolation · Right: the network", "왼쪽: 바이큐빅 보간 · 오른쪽: 신경망"),
    "enlarge_running": ("Tile {done} of {count}", "타일 {done}/{count}"),
    "enlarge_done": (
        "{width} × {height} → {wide} × {high} pixels, in {seconds} s",
        "{width} × {height} → {wide} × {high}픽셀, {seconds}초",
    ),
    "enlarge_stopped": ("Stopped.", "멈췄습니다."),
    "enlarge_save": ("Save the result", "결과 저장"),
    "enlarge_nothing": ("There is no result to save yet.", "아직 저장할 결과가 없습니다."),
    "enlarge_gone": (
        "The result is no longer kept; enlarge the photograph again.",
        "결과가 더는 보관되어 있지 않습니다. 사진을 다시 키워 주세요.",
    ),
    "enlarge_measured": ("Against the original (luminance)", "원본과의 비교(밝기 기준)"),
    "enlarge_psnr": ("PSNR in dB", "PSNR(dB)"),
    "enlarge_ssim": ("SSIM", "SSIM"),
    "enlarge_bicubic": ("Bicubic interpolation", "바이큐빅 보간"),
    "enlarge_large": (
        "Times {scale}, a photograph may have {most} million pixels and {side} a side; this one has {width} x {height}.",
        "{scale}배로 키울 사진은 {most}백만 픽셀, 한 변 {side}픽셀까지 가능합니다. 이 사진은 {width} x {height}픽셀입니다.",
    ),
    "enlarge_original_size": (
        "The original must have {width} x {height} pixels, as the result has, not {given}.",
        "원본은 결과와 같은 {width} x {height}픽셀이어야 합니다(받은 크기: {given}).",
    ),
    "enlarge_too_small": (
        "Shrunk {scale} times, a photograph of {width} x {height} pixels is too small: {least} are needed on either side.",
        "{width} x {height}픽셀 사진은 {scale}분의 1로 줄이면 너무 작아집니다. 한 변이 {least}픽셀 이상이어야 합니다.",
    ),
    "wrong_task_enlarging": (
        "{model} does not enlarge photographs: its task is “{task}”.",
        "{model}은(는) 사진을 키우는 모델이 아닙니다(과제: {task}).",
    ),
    "enlarge_explain_text": (
        r"""A small picture $y$ has lost something: many large pictures $x$ shrink to the same one. **Super-resolution** has to
choose among them. Pairs to learn from cost nothing: take a photograph $x$ and shrink it $s$ times.

**SRResNet** learns to be off by the least squared error:

$$\min_G \; \mathbb{E}\, \lVert G(y) - x \rVert^2 \quad\Rightarrow\quad G(y) = \mathbb{E}[x \mid y]$$

Its answer is the *mean* of all pictures that might have been. Edges become sharp, since they hardly differ; where grass or
hair might lie in a thousand ways, the mean of all is smooth. No picture has a higher **PSNR** on average:

$$\text{PSNR} = 10 \log_{10} \frac{255^2}{\text{MSE}}$$

**SRGAN** (Ledig et al. 2017) asks for one picture instead of the mean. Errors are taken in the **features** $\phi_l$ of a network
that knows photographs, here EfficientNet-lite0, and a discriminator $D$ asks whether the result looks like a photograph:

$$L_\phi = \textstyle\sum_l \lVert \phi_l(G(y)) - \phi_l(x) \rVert^2$$

$$L = \lambda L_\phi - 10^{-3} \log D(G(y))$$

The texture it adds is made up: the picture looks better, and PSNR falls. **SSIM** (Wang et al. 2004) compares means $\mu$, variances
$\sigma^2$ and the covariance of small windows $a$ and $b$ of two pictures, which is nearer to the eye than PSNR, but not near:

$$\text{SSIM} = \frac{(2 \mu_a \mu_b + c_1)(2 \sigma_{ab} + c_2)}{(\mu_a^2 + \mu_b^2 + c_1)(\sigma_a^2 + \sigma_b^2 + c_2)}$$

**In tiles.** The network adds its drawing to bicubic interpolation, and a pixel depends on no more than some twenty around it.
So a large photograph is enlarged tile by tile, each seeing that much of its neighbours: no seam is left, and the memory stays small.

**Try this.** Tick *Shrink it first*: how much of what was lost comes back? Then compare SRResNet with SRGAN on grass, hair or
letters: which has the better numbers, and which would you choose?""",
        r"""작은 사진 $y$는 이미 무언가를 잃었습니다. 줄이면 똑같은 $y$가 되는 큰 사진 $x$가 아주 많기 때문입니다. **초해상도**는 그 가운데서 골라야
합니다. 배울 쌍은 쉽게 얻습니다. 사진 $x$를 $s$분의 1로 줄이면 됩니다.

**SRResNet**은 제곱 오차가 가장 작아지도록 배웁니다.

$$\min_G \; \mathbb{E}\, \lVert G(y) - x \rVert^2 \quad\Rightarrow\quad G(y) = \mathbb{E}[x \mid y]$$

그 답은 있을 법한 모든 그림의 *평균*입니다. 윤곽은 어느 그림에서나 비슷해 선명해지지만, 풀이나 머리카락처럼 수천 가지로 놓일 수 있는 것은
평균하면 매끈해집니다. 평균적으로 **PSNR**이 이보다 높은 그림은 없습니다.

$$\text{PSNR} = 10 \log_{10} \frac{255^2}{\text{MSE}}$$

**SRGAN**(Ledig et al. 2017)은 평균이 아니라 그림 한 장을 요구합니다. 사진을 아는 신경망(여기서는 EfficientNet-lite0)의 **특징** $\phi_l$로
오차를 재고, 판별자 $D$는 결과가 진짜 사진 같은지 묻습니다.

$$L_\phi = \textstyle\sum_l \lVert \phi_l(G(y)) - \phi_l(x) \rVert^2$$

$$L = \lambda L_\phi - 10^{-3} \log D(G(y))$$

더해진 질감은 지어낸 것입니다. 그림은 좋아 보이지만 PSNR은 낮아집니다. **SSIM**(Wang et al. 2004)은 두 그림의 작은 창 $a$, $b$에서 평균
$\mu$, 분산 $\sigma^2$, 공분산을 비교합니다. PSNR보다는 눈에 가깝지만 똑같지는 않습니다.

$$\text{SSIM} = \frac{(2 \mu_a \mu_b + c_1)(2 \sigma_{ab} + c_2)}{(\mu_a^2 + \mu_b^2 + c_1)(\sigma_a^2 + \sigma_b^2 + c_2)}$$

**타일로 나누기.** 신경망은 바이큐빅 보간에 자기 그림을 더하며, 픽셀 하나는 둘레 스무 픽셀 남짓에만 달려 있습니다. 그래서 큰 사진은
타일로 나누되 이웃을 그만큼씩 함께 보게 하면 이음매 없이, 적은 메모리로 키울 수 있습니다.

**해 보세요.** ‘먼저 줄였다가 다시 키우기’를 켜 보세요. 잃어버린 것이 얼마나 돌아오나요? 그다음 풀, 머리카락, 글자에서 SRResNet과 SRGAN을
견주어 보세요. 어느 쪽의 숫자가 더 좋고, 어느 쪽 그림을 고르시겠어요?""",
    ),
    # Checkerboard
    "checkerboard_tab": ("Checkerboard", "체커보드"),
    "checkerboard_lead": (
        "Two networks that double a picture in different ways. One of them leaves a pattern on everything it draws. Point at a "
        "face and look at its pixels. The trained ones differ in size and training, too; before training they differ in nothing else.",
        "두 신경망은 그림을 두 배로 키우는 방법이 다릅니다. 그중 하나는 그리는 그림마다 격자무늬를 남깁니다. 얼굴을 가리켜 "
        "픽셀을 들여다보세요. 학습된 두 신경망은 크기와 학습 방법도 다르고, 학습 전의 두 신경망은 그것 하나만 다릅니다.",
    ),
    "networks": ("Networks", "신경망"),
    "networks_trained": ("trained", "학습한 뒤"),
    "networks_untrained": ("before training", "학습하기 전"),
    "networks_missing": (
        "before training: no trained one comes with this page",
        "학습하기 전: 이 페이지에는 학습한 모델이 없습니다",
    ),
    "upsampling_resize": ("Resize convolution", "리사이즈 합성곱"),
    "upsampling_transposed": (
        "Transposed convolution, kernel {kernel} × {kernel}",
        "전치 합성곱, 커널 {kernel} × {kernel}",
    ),
    "checkerboard_hint": (
        "Seeds {first} to {last}, the same left and right. The large squares show the framed part, pixel by pixel; arrow "
        "keys move the frame.",
        "왼쪽과 오른쪽 모두 시드 {first}부터 {last}까지입니다. 큰 사각형은 테두리 친 부분을 픽셀 그대로 확대한 것이며, 테두리는 화살표 "
        "키로도 옮길 수 있습니다.",
    ),
    "checkerboard_loupe": ("Enlarged part of the chosen face", "고른 얼굴의 확대된 부분"),
    "checkerboard_waiting": (
        "Each network is drawing {count} pictures to average their spectra …",
        "신경망마다 그림 {count}장을 그려 스펙트럼을 평균하는 중입니다 …",
    ),
    "checkerboard_spectra_title": ("The averaged spectrum gives it away", "평균 스펙트럼에 드러나는 흔적"),
    "checkerboard_spectra": (
        "Averaged over {count} pictures. In the middle: what changes slowly across a picture; at the edges: what changes with every pixel. "
        "Rings: where the artefact sits, thick ones a pattern of two pixels, thin ones of four. The number: by how much the "
        "ringed places outshine what is around them.",
        "그림 {count}장의 평균입니다. 가운데는 천천히 변하는 성분, 가장자리는 픽셀마다 변하는 성분입니다. 고리는 무늬가 나타나는 자리로, "
        "굵은 고리는 두 픽셀, 가는 고리는 네 픽셀마다 되풀이되는 무늬입니다. 숫자는 고리 안이 주변보다 얼마나 밝은지를 나타냅니다.",
    ),
    "checkerboard_photographs": ("Real photographs have {level}.", "실제 사진에서는 {level}입니다."),
    "checkerboard_spectrum": ("Averaged spectrum, {name}", "평균 스펙트럼, {name}"),
    "overlap_heading": ("### Why? Count the weights", "### 왜 그럴까요? 가중치를 세어 보세요"),
    "overlap_kernel": ("Kernel", "커널 크기"),
    "overlap_kernel_info": (
        "Before training, the network on the right is built with it.",
        "학습하기 전이라면 오른쪽 신경망을 이 크기로 만듭니다.",
    ),
    "overlap_stride": ("Stride", "스트라이드"),
    "overlap_uneven": (
        "Kernel {kernel}, stride {stride}: in a row, neighbouring pixels meet {row} weights in turn; in the plane {plane}. "
        "Uneven, as the stride does not divide the kernel.",
        "커널 {kernel}, 스트라이드 {stride}: 한 줄에서 이웃한 픽셀은 차례로 {row}개의 가중치를 만납니다. 평면에서는 {plane}개입니다. "
        "커널 크기가 스트라이드로 나누어떨어지지 않아 고르지 않습니다.",
    ),
    "overlap_even": (
        "Kernel {kernel}, stride {stride}: every pixel meets as many weights, {plane} in the plane. Even – but with a stride "
        "above 1, neighbours still meet different ones.",
        "커널 {kernel}, 스트라이드 {stride}: 모든 픽셀이 평면에서 {plane}개의 가중치를 만납니다. 개수는 고르지만, 스트라이드가 1보다 "
        "크면 이웃한 픽셀이 만나는 가중치는 서로 다릅니다.",
    ),
    "no_spectrum": (
        "{model} draws {size} × {size} pixels; a spectrum in which a checkerboard can be told needs a multiple of 4, and at least 24.",
        "{model}의 그림은 {size} × {size}픽셀입니다. 체커보드를 알아볼 스펙트럼에는 4의 배수이면서 24 이상인 크기가 필요합니다.",
    ),
    "checkerboard_explain_text": (
        r"""A generator begins with 4 × 4 pixels and doubles them four times. A **transposed convolution** of stride $s$ lets each
input pixel paint $k \times k$ output pixels and adds up where the strokes overlap. Output pixel $i$ of a row is met by so
many weights:

$$n(i) = \#\{\, t : 0 \le t < k,\; t \equiv i \ (\text{mod } s) \,\}$$

If $s$ does not divide $k$, these numbers differ from pixel to pixel, and so does the brightness: a pattern that repeats
every $s$ pixels. The diagram shows it. The 5 × 5 kernels of DCGAN's own code at stride 2 are such a case (Odena, Dumoulin
and Olah 2016).

An even overlap only makes the pattern *avoidable*. Odd and even pixels still meet different weights, which have to learn
to agree; before training they do not, whatever the kernel. A **resize convolution** repeats each pixel first and then
convolves with stride 1: all pixels meet the same weights, and there is nothing to learn.

The **spectrum** of a picture $x$ tells how much of it changes how fast. Here its mean is taken away, a Hann window $w$ fades
it to the edges, and the power is averaged over many pictures and the colours:

$$P(f) = \operatorname{mean} \left| \sum_{u} w(u)\,(x(u) - \bar x)\, e^{-2 \pi i f \cdot u} \right|^2$$

A pattern of two pixels is a spike at $f = 1/2$ cycles per pixel, across, down or both. An earlier layer's pattern is enlarged
with the picture: four pixels, $f = 1/4$. The dB compare each of the 15 places with the ring around it, in the mean.

**Try this.** Go back to before training and try all kernels: what do the even ones change? Then look at the trained
networks: where does the pattern hide best, in hair or in a plain background?""",
        r"""생성자는 4 × 4픽셀에서 시작해 네 번 두 배로 키웁니다. 스트라이드가 $s$인 **전치 합성곱**에서는 입력 픽셀 하나가 출력 픽셀
$k \times k$개를 칠하고, 겹치는 곳은 더합니다. 한 줄에서 출력 픽셀 $i$가 만나는 가중치의 수는 다음과 같습니다.

$$n(i) = \#\{\, t : 0 \le t < k,\; t \equiv i \ (\text{mod } s) \,\}$$

$k$가 $s$로 나누어떨어지지 않으면 이 수가 픽셀마다 다르고 밝기도 달라져, $s$픽셀마다 되풀이되는 무늬가 생깁니다. 위의 그림에서 볼 수
있습니다. DCGAN의 원래 코드가 쓰는 5 × 5 커널과 스트라이드 2가 바로 그런 경우입니다(Odena, Dumoulin, Olah 2016).

겹침이 고르면 무늬를 *피할 수 있을* 뿐입니다. 홀수 픽셀과 짝수 픽셀은 여전히 서로 다른 가중치를 만나므로, 학습을 통해 서로 맞추어야
합니다. 학습하기 전에는 커널 크기가 얼마이든 맞지 않습니다. **리사이즈 합성곱**은 픽셀을 먼저 반복해 키운 다음 스트라이드 1로
합성곱합니다. 모든 픽셀이 같은 가중치를 만나므로 따로 배울 것이 없습니다.

그림 $x$의 **스펙트럼**은 얼마나 빠르게 변하는 성분이 얼마나 들어 있는지를 나타냅니다. 여기서는 평균을 빼고 해닝 창 $w$로 가장자리를
줄인 뒤, 여러 그림과 색 채널에 걸쳐 세기를 평균합니다.

$$P(f) = \operatorname{mean} \left| \sum_{u} w(u)\,(x(u) - \bar x)\, e^{-2 \pi i f \cdot u} \right|^2$$

두 픽셀마다 되풀이되는 무늬는 가로, 세로 또는 양쪽으로 픽셀당 $f = 1/2$ 주기에서 솟아오릅니다. 앞쪽 층이 남긴 무늬는 그림과 함께 커져
네 픽셀, 곧 $f = 1/4$에 나타납니다. dB 값은 이런 자리 15곳을 저마다 둘레의 고리와 비교해 평균한 것입니다.

**해 보세요.** ‘학습하기 전’으로 돌아가 커널 크기를 모두 바꿔 보세요. 짝수 커널에서는 무엇이 달라지나요? 이번에는 학습한 신경망을
보세요. 무늬는 머리카락과 단순한 배경 중 어디에서 더 잘 숨나요?""",
    ),
    # Convergence
    "convergence_tab": ("Convergence", "수렴"),
    "convergence_lead": (
        "Is it getting better, and when is it done? Drag along a training and see the pictures and its numbers together: some "
        "follow the pictures, others do not.",
        "그림이 나아지고 있을까요, 언제 멈추면 될까요? 학습 과정을 따라 끌어 보며 그림과 수치를 함께 보세요. 그림을 따라가는 수치도 있고 "
        "그렇지 않은 수치도 있습니다.",
    ),
    "convergence_step": ("Place in the training", "학습 과정에서의 위치"),
    "convergence_agreement": (
        "Spearman's rank correlation of M_global with the kernel distance over the {n} measurements of this run: 1 where both "
        "rank them alike. Merely counting the steps still to go gives {reference}.",
        "학습 도중의 측정 {n}번에서 M_global과 커널 거리의 스피어만 순위 상관입니다. 순서를 똑같이 매기면 1입니다. 남은 단계 수만 세어도 "
        "{reference}이(가) 나옵니다.",
    ),
    "convergence_not_yet": ("Nothing measured yet", "아직 잰 값이 없습니다"),
    "convergence_repeat_heading": ("### A discriminator that repeats", "### 따라 그리는 판별자"),
    "convergence_repeat_lead": (
        "BEGAN's discriminator is an auto-encoder: it squeezes a picture into a few numbers and draws it again. Its error is all it says.",
        "BEGAN의 판별자는 오토인코더입니다. 그림을 몇 개의 수로 줄였다가 다시 그리며, 그때의 오차가 판별자가 말하는 전부입니다.",
    ),
    "convergence_grey": ("Plain grey", "회색 한 장"),
    "convergence_noise": ("Noise", "잡음"),
    "convergence_repeated": ("Repeated by D", "D가 다시 그린 그림"),
    "no_course": (
        "{model} does not draw from random vectors, or its card does not tell the course of its training.",
        "{model}은(는) 잠재 벡터로 그림을 그리는 모델이 아니거나, 카드에 학습 과정이 기록되어 있지 않습니다.",
    ),
    "no_auto_encoder": (
        "The discriminator of {model} is no auto-encoder.",
        "{model}의 판별자는 오토인코더가 아닙니다.",
    ),
    "face_none_middle": (
        "No face was found in this picture; its middle was taken.",
        "이 그림에서 얼굴을 찾지 못해 가운데 부분을 썼습니다.",
    ),
    "convergence_explain_text": (
        r"""**Why losses say nothing.** The loss of a classifier falls as it learns. A GAN's losses are scores of a **game**: each is
taken against an opponent who learns as well. When both improve alike, both losses stay where they are, while the pictures
go from noise to faces; and a rising generator loss may only mean that the discriminator looks more closely.

**BEGAN** (Berthelot et al. 2017) measures something that needs no opponent. Its discriminator $D$ is an **auto-encoder**, and
what counts is how badly it repeats a picture:

$$L(x) = \operatorname{mean} |x - D(x)|$$

$D$ learns to repeat photographs well and generated pictures badly, $G$ learns to draw what $D$ repeats well:

$$\begin{aligned} L_D &= L(x) - k_t\, L(G(z)) \\ L_G &= L(G(z)) \end{aligned}$$

**Balance.** If one side is much stronger, the other learns nothing. So the weight $k$ is moved at every step, until the
error of generated pictures is the share $\gamma$ of that of photographs; a larger $\gamma$ leaves $D$ more time for repeating
and gives more varied pictures:

$$k_{t+1} = k_t + \lambda\, (\gamma L(x) - L(G(z)))$$

**Convergence.** Training is done when $D$ repeats photographs well *and* the balance holds. That is one number, which can only
fall if both get better:

$$M_{\text{global}} = L(x) + |\gamma L(x) - L(G(z))|$$

Whether it really follows the pictures is a question for a measure from outside: the kernel distance, which compares samples
with held-out photographs. The card reports how alike both rank the snapshots.

**Try this.** Find the step from which you see no change any more: does $M_{\text{global}}$ agree? Then give $D$ your own photo,
plain grey and noise. Grey is repeated best of all: the error says nothing about a single picture, only its mean over many
real and many generated ones does.""",
        r"""**손실로는 알 수 없는 까닭.** 분류기의 손실은 배울수록 줄어듭니다. GAN의 손실은 **게임**의 점수입니다. 함께 배우는 상대를 두고
잰 값이기 때문입니다. 둘이 나란히 나아지면 그림이 잡음에서 얼굴로 바뀌는 동안에도 손실은 제자리이고, 생성자의 손실이 커졌다 해도
판별자의 눈이 밝아졌을 뿐일 수 있습니다.

**BEGAN**(Berthelot et al. 2017)은 상대가 필요 없는 것을 잽니다. 판별자 $D$가 **오토인코더**이고, 그림을 얼마나 잘못 복원하는지가
기준입니다.

$$L(x) = \operatorname{mean} |x - D(x)|$$

$D$는 사진은 잘 복원하고 생성된 그림은 잘못 복원하도록, $G$는 $D$가 잘 복원하는 그림을 그리도록 배웁니다.

$$\begin{aligned} L_D &= L(x) - k_t\, L(G(z)) \\ L_G &= L(G(z)) \end{aligned}$$

**균형.** 한쪽이 너무 강하면 다른 쪽은 배우지 못합니다. 그래서 생성된 그림의 오차가 사진 오차의 $\gamma$배가 되도록 매 단계 가중치
$k$를 조절합니다. $\gamma$가 크면 $D$가 복원에 더 힘을 쏟고 그림이 다양해집니다.

$$k_{t+1} = k_t + \lambda\, (\gamma L(x) - L(G(z)))$$

**수렴.** $D$가 사진을 잘 복원하고 *동시에* 균형도 맞으면 학습이 끝난 것입니다. 이를 수 하나로 나타내면 다음과 같으며, 둘 다 나아져야만
줄어듭니다.

$$M_{\text{global}} = L(x) + |\gamma L(x) - L(G(z))|$$

이 값이 정말 그림을 따라가는지는 바깥의 척도로 확인해야 합니다. 커널 거리는 표본을 학습에 쓰지 않은 사진과 비교합니다. 두 값이
스냅숏의 순서를 얼마나 비슷하게 매기는지는 카드에 있습니다.

**해 보세요.** 더 달라지는 것이 보이지 않는 단계를 찾아보세요. $M_{\text{global}}$도 그렇게 말하나요? 이번에는 $D$에게 내 사진, 회색
한 장, 잡음을 줘 보세요. 회색을 가장 잘 복원합니다. 오차는 그림 한 장에 대해서는 아무것도 말하지 않으며, 많은 진짜 그림과 많은 생성된
그림의 평균을 견줄 때만 뜻이 있습니다.""",
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
    "labels": ("Labelled images", "레이블 있는 이미지"),
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
    "of_5_hints": ("5 hints", "힌트 5개"),
    "of_20_hints": ("20 hints", "힌트 20개"),
    "of_misspelt": ("misspelt", "철자가 틀린 문장"),
    "of_real_pictures": ("real pictures", "실제 그림"),
    "of_stage_1_bicubic": ("Stage I enlarged by bicubic interpolation", "쌍삼차 보간으로 확대한 1단계"),
    "of_stage_1_srgan": ("Stage I enlarged by SRGAN", "SRGAN으로 확대한 1단계"),
    "of_black": ("black", "검정"),
    "of_grey": ("grey", "회색"),
    "of_white": ("white", "하양"),
    "of_brown": ("brown", "갈색"),
    "of_red": ("red", "빨강"),
    "of_yellow": ("yellow", "노랑"),
    "of_green": ("green", "초록"),
    "of_blue": ("blue", "파랑"),
    "of_horse_to_zebra": ("horse to zebra", "말에서 얼룩말로"),
    "of_zebra_to_horse": ("zebra to horse", "얼룩말에서 말로"),
    "of_summer_to_winter": ("summer to winter", "여름에서 겨울로"),
    "of_winter_to_summer": ("winter to summer", "겨울에서 여름으로"),
    "of_man_to_woman": ("man to woman", "남자에서 여자로"),
    "of_woman_to_man": ("woman to man", "여자에서 남자로"),
    "of_house_digit_to_handwritten_digit": ("house digit to handwritten digit", "집 번호에서 손글씨로"),
    "of_handwritten_digit_to_house_digit": ("handwritten digit to house digit", "손글씨에서 집 번호로"),
    "metric_frechet_judge": ("Fréchet distance on judge features", "프레셰 거리(판정 모델의 특징 기준)"),
    "metric_judge_confident": ("Samples of which the judge is 90 % sure", "판정 모델이 90% 이상 확신한 표본의 비율"),
    "metric_rarest_class": ("Share of the rarest class", "가장 드문 클래스의 비율"),
    "metric_commonest_class": ("Share of the commonest class", "가장 흔한 클래스의 비율"),
    "metric_test_accuracy": ("Accuracy on test images", "테스트 이미지 정확도"),
    "metric_class_agreement": ("Share in which the judge reads the class asked for", "요청한 클래스로 판정된 비율"),
    "metric_coverage_lowest": ("Coverage of the least covered class", "커버리지가 가장 낮은 클래스의 값"),
    "metric_r_precision": (
        "R-precision: the sentence that was drawn fits best of ten, for a text encoder trained apart",
        "R-정밀도: 따로 학습한 텍스트 인코더가 열 문장 중 제 문장을 고른 비율",
    ),
    "metric_colour_obeyed": (
        "Birds that have the colour asked for, or its neighbour",
        "요청한 색이나 그 이웃 색으로 그려진 새의 비율",
    ),
    "metric_colour_naming": (
        "Photographs whose measured colour fits best of eight",
        "사진에서 잰 색을 여덟 색 중에서 고른 비율",
    ),
    "metric_encoding_error": ("Error of held-out pictures after encoding", "인코딩한 미사용 그림의 오차"),
    "metric_kid_lite0": ("Kernel distance on EfficientNet-lite0 features", "커널 거리(EfficientNet-lite0 특징 기준)"),
    "metric_fd_lite0": ("Fréchet distance on EfficientNet-lite0 features", "프레셰 거리(EfficientNet-lite0 특징 기준)"),
    "metric_checkerboard": (
        "Checkerboard: dB by which its frequencies stand out in the averaged spectrum",
        "체커보드: 평균 스펙트럼에서 그 주파수가 주변보다 높은 정도(dB)",
    ),
    "metric_arithmetic_glasses": (
        "Man with glasses - man + woman gives a woman with glasses",
        "안경 쓴 남자 - 남자 + 여자가 안경 쓴 여자가 된 비율",
    ),
    "metric_arithmetic_smile": (
        "Smiling woman - neutral woman + neutral man gives a smiling man",
        "웃는 여자 - 무표정한 여자 + 무표정한 남자가 웃는 남자가 된 비율",
    ),
    "metric_rank_correlation": (
        "Spearman's rank correlation with the kernel distance over the measurements of the run",
        "학습 중 측정한 커널 거리와의 스피어만 순위 상관",
    ),
    "metric_kid_untouched": (
        "Kernel distance to the other domain before translation",
        "변환하기 전 그림과 다른 도메인 사이의 커널 거리",
    ),
    "metric_gap_closed": ("Share of the way to the other domain", "다른 영역까지 다가간 비율"),
    "metric_named_bird": (
        "Pictures that EfficientNet-lite0 calls a bird of some kind",
        "EfficientNet-lite0가 어떤 새라고 답한 그림의 비율",
    ),
    "metric_named_zebra": (
        "Translations that EfficientNet-lite0 calls a zebra",
        "EfficientNet-lite0가 얼룩말이라고 답한 비율",
    ),
    "metric_digit_kept": ("Translated digits read as what they were", "변환 후에도 같은 숫자로 읽힌 비율"),
    "metric_target_seen": (
        "Translations in which the judge sees the domain that they are to belong to",
        "판정 모델이 목표 도메인으로 본 변환 결과의 비율",
    ),
    "metric_attributes_kept": (
        "Translations in which the judge sees as much of an attribute as in the original",
        "판정 모델이 본 속성이 원본과 같은 변환 결과의 비율",
    ),
    "metric_absolute_error": (
        "Mean absolute error to the paired pictures, pixels in [0, 1]",
        "짝이 되는 그림과의 평균 절대 오차(픽셀 값 0~1)",
    ),
    "metric_psnr_set5": ("Set5: PSNR of the luminance in dB", "Set5: 밝기의 PSNR(dB)"),
    "metric_ssim_set5": ("Set5: SSIM of the luminance", "Set5: 밝기의 SSIM"),
    "metric_perceptual_set5": ("Set5: perceptual distance (EfficientNet-lite0)", "Set5: 지각 거리(EfficientNet-lite0)"),
    "metric_psnr_held_out": (
        "Held-out photographs: PSNR of the luminance in dB",
        "학습에 쓰지 않은 사진: 밝기의 PSNR(dB)",
    ),
    "metric_ssim_held_out": ("Held-out photographs: SSIM of the luminance", "학습에 쓰지 않은 사진: 밝기의 SSIM"),
    "metric_perceptual_held_out": (
        "Held-out photographs: perceptual distance (EfficientNet-lite0)",
        "학습에 쓰지 않은 사진: 지각 거리(EfficientNet-lite0)",
    ),
    "metric_discriminator_error": ("Test error of the discriminator's own reading", "판별자의 테스트 오류율"),
    "metric_discriminator_error_draws": (
        "Test error of the discriminator's own reading, mean over several draws of the labels",
        "판별자의 테스트 오류율(레이블을 여러 번 다시 뽑은 평균)",
    ),
    "sheet": ("Sample sheet of this model", "이 모델의 표본 모음"),
    # Colorize
    "colorize_tab": ("Colorize", "색 입히기"),
    "colorize_lead": (
        "Give a grey photograph colours. The model guesses them; a dab of paint tells it what you know, "
        "and it carries the colour on to what belongs together.",
        "흑백 사진에 색을 입혀 보세요. 모델이 색을 짐작하고, 붓으로 한 점 찍어 알려 주면 그 색을 같은 대상 전체로 퍼뜨립니다.",
    ),
    "colorize_canvas": ("Dab colours here", "여기에 색을 찍으세요"),
    "colorize_suggest": ("Suggest hints", "힌트 추천"),
    "colorize_undo": ("Remove last", "마지막 지우기"),
    "colorize_clear": ("Remove all", "모두 지우기"),
    "colorize_compare": ("Original | colorized", "원본 | 채색 결과"),
    "colorize_result": ("Colorized", "채색 결과"),
    "colorize_told": (
        "{width} × {height} pixels (at most 512 on the longer side), hints: {count}",
        "{width} × {height}픽셀(긴 변은 최대 512), 힌트 {count}개",
    ),
    "colorize_waiting": (
        "Give a photograph: a colour one is made grey first and can be compared afterwards.",
        "사진을 올려 주세요. 컬러 사진은 먼저 흑백으로 바꾸고, 결과를 원본과 비교할 수 있습니다.",
    ),
    "colorize_nothing": ("Give a photograph first.", "먼저 사진을 올려 주세요."),
    "colorize_no_more": (
        "There is no place left where another hint would tell much.",
        "힌트를 더 줄 만한 곳이 남아 있지 않습니다.",
    ),
    "colorize_example": ("Example {number}", "예시 {number}"),
    "colorize_explain_text": (
        r"""In **CIELAB** a colour has a lightness $L$, and $a$ (green to red) and $b$ (blue to yellow), such that equal distances look
about equally far. The network sees $L$, your hints $u$ and where they are, $m$, and answers with the colours alone:

$$(\hat a, \hat b) = G(L, u, m), \qquad \text{picture} = (L, \hat a, \hat b)$$

So the **lightness stays** exactly as it was; of your paint only hue and chroma count. In training every photograph gave a few of
its own colours away as hints, and sometimes a colour that was not its own was asked for, so that the network **obeys** (Zhang et
al. 2017, arXiv:1705.02999).

A roof can be red or grey. Whoever minimises the error answers every doubt with the mean, which is **brown**. Against this a
**discriminator of patches** compares results with photographs (pix2pix, arXiv:1611.07004), and the results have to be as
**colourful** as the originals are (Hasler and Suesstrunk 2003).

**Suggest hints** takes true colours of a colour photograph where the result is most wrong; for a grey one it makes the model's own
strongest guesses livelier.

**Try this.** Paint the sky in the colour of dusk, and watch the water. Give one leaf of a tree another colour. Press *Remove
all* and see what the model would have guessed.""",
        r"""**CIELAB**은 색을 밝기 $L$과 $a$(초록~빨강), $b$(파랑~노랑)로 나타냅니다. 값의 거리가 같으면 눈에도 비슷하게 달라 보입니다.
신경망은 $L$과 힌트 $u$, 힌트의 위치 $m$을 보고 색만 답합니다.

$$(\hat a, \hat b) = G(L, u, m), \qquad \text{그림} = (L, \hat a, \hat b)$$

그래서 **밝기는 그대로** 남고, 칠한 물감에서는 색상과 채도만 쓰입니다. 학습할 때는 사진마다 자기 색 몇 군데를 힌트로 알려 주고, 가끔은 사진에
없는 색을 요구해 힌트를 **따르도록** 했습니다(Zhang et al. 2017, arXiv:1705.02999).

지붕은 빨간색일 수도, 회색일 수도 있습니다. 오차만 줄이면 헷갈릴 때마다 평균인 **갈색**을 답하게 됩니다. 그래서 **패치 판별자**가 결과를 실제
사진과 견주고(pix2pix, arXiv:1611.07004), 결과가 원본만큼 **다채롭도록** 합니다(Hasler, Suesstrunk 2003).

**힌트 추천**은 컬러 사진이면 결과가 가장 크게 틀린 곳의 실제 색을, 흑백 사진이면 모델이 가장 뚜렷하게 짐작한 색을 더 선명하게 만들어 제안합니다.

**해 보세요.** 하늘을 노을빛으로 칠하고 물의 색이 어떻게 바뀌는지 보세요. 나무의 잎 한 곳만 다른 색으로 찍어 보세요. *모두 지우기*를 누르면
모델이 혼자 짐작한 색이 나옵니다.""",
    ),
    "wrong_task_colorize": (
        "{model} does not colorize photographs: its task is “{task}”.",
        "{model}은(는) 사진에 색을 입히는 모델이 아닙니다(과제: {task}).",
    ),
    "bad_hints": (
        "The hints must be a list of at most {most}, not {value}.",
        "힌트는 {most}개까지 담은 목록이어야 합니다(받은 값: {value}).",
    ),
    "bad_hint": (
        "A hint is an object with x, y, colour and, if you like, radius, not {value}.",
        "힌트는 x, y, colour와 선택 사항인 radius를 가진 객체여야 합니다(받은 값: {value}).",
    ),
    "bad_hint_place": (
        "The x and y of a hint are shares of width and height, numbers from 0 to 1, not {value}.",
        "힌트의 x와 y는 너비와 높이에 대한 비율로 0부터 1까지의 수여야 합니다(받은 값: {value}).",
    ),
    "bad_hint_colour": (
        "The colour of a hint must be written as #rrggbb, not {value}.",
        "힌트의 색은 #rrggbb로 적어야 합니다(받은 값: {value}).",
    ),
    "bad_hint_radius": (
        "The radius of a hint is a share of the longer side, a number from 0 to {most}, not {value}.",
        "힌트의 반지름은 긴 변에 대한 비율로 0부터 {most}까지의 수여야 합니다(받은 값: {value}).",
    ),
    "metric_colour_psnr": ("PSNR of colorized photographs, dB", "채색한 사진의 PSNR(dB)"),
    "metric_colourfulness": (
        "Colourfulness without hints, as a ratio to the originals'",
        "힌트가 없을 때의 다채로움(원본 대비)",
    ),
    "metric_hints_obeyed": (
        "Share of invented hints whose region takes their colour to within 10 (CIE76)",
        "지어낸 힌트 주변의 색이 요구한 색과 10(CIE76) 이내인 비율",
    ),
    # Uploads
    "upload_missing": (
        "Send a picture, as an uploaded file or as a base64 data URI.",
        "그림을 업로드한 파일이나 base64 data URI로 보내세요.",
    ),
    "upload_heavy": ("The file is larger than {limit} MB.", "파일이 {limit}MB보다 큽니다."),
    "upload_unreadable": (
        "This file is no picture that can be read here; PNG, JPEG, WebP, GIF, BMP and TIFF can.",
        "읽을 수 있는 그림 파일이 아닙니다. PNG, JPEG, WebP, GIF, BMP, TIFF를 쓸 수 있습니다.",
    ),
    "upload_damaged": ("This picture is damaged or cut short.", "그림 파일이 손상되었거나 잘려 있습니다."),
    "upload_huge": (
        "This picture has more than {limit} million pixels.",
        "그림이 {limit}00만 화소보다 큽니다.",
    ),
    "upload_tiny": (
        "This picture is only {width} × {height} pixels; it needs at least {least} × {least}.",
        "그림이 너무 작습니다({width} × {height}픽셀). 적어도 {least} × {least}픽셀이어야 합니다.",
    ),
    "blank": ("Draw a digit first: the canvas is blank.", "먼저 숫자를 그려 주세요. 캔버스가 비어 있습니다."),
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
    "bad_rows": (
        "The number of seeds must be a whole number from {low} to {high}, not {value}.",
        "시드 수는 {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
    ),
    "bad_steps": (
        "The number of steps must be a whole number from {low} to {high}, not {value}.",
        "단계 수는 {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
    ),
    "bad_step": (
        "The share t must be a number from 0 to 1, not {value}.",
        "비중 t는 0부터 1까지의 수여야 합니다(받은 값: {value}).",
    ),
    "bad_class": (
        "A class must be a whole number from {low} to {high}, not {value}.",
        "클래스는 {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
    ),
    "bad_classes": (
        "The classes must be a list of at most {most} whole numbers from 0 to {high}, not {value}.",
        "클래스는 0부터 {high}까지의 정수를 {most}개까지 담은 목록이어야 합니다(받은 값: {value}).",
    ),
    "bad_place": (
        "A place must be a whole number from {low} to {high}, not {value}.",
        "자리는 {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
    ),
    "number_empty": ("Type a number first.", "먼저 숫자를 입력하세요."),
    "number_letters": (
        "Only the digits 0 to 9 can be written, not {value}.",
        "0부터 9까지의 숫자만 쓸 수 있습니다(받은 값: {value}).",
    ),
    "number_long": (
        "At most {most} digits can be written, not {count}.",
        "숫자는 {most}자리까지만 쓸 수 있습니다(받은 자릿수: {count}).",
    ),
    "number_no_digits": (
        "The classes of {model} are not the digits 0 to 9, so it cannot write numbers.",
        "{model}의 클래스는 숫자 0~9가 아니어서 숫자를 쓸 수 없습니다.",
    ),
    "no_addresses": (
        "Files have to be uploaded; addresses are not fetched.",
        "파일은 직접 업로드해야 합니다. 주소에서 내려받지는 않습니다.",
    ),
    "bad_whole": (
        "{name} must be a whole number from {low} to {high}, not {value}.",
        "{name}은(는) {low}부터 {high}까지의 정수여야 합니다(받은 값: {value}).",
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
