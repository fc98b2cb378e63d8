# The reference of MoELab's statistics: R's own tests, and definitions written out. Prints the JSON that is beside this file:
#   Rscript reference.R > reference.json
# Needs R and its recommended package boot (Debian: r-base-core, r-cran-boot). Exit code 3: boot is missing.

if (!requireNamespace("boot", quietly = TRUE)) quit(status = 3)
options(warn = 2)

number <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
json <- function(x) {
  if (is.list(x) && !is.null(names(x)))
    paste0("{", paste0("\"", names(x), "\": ", vapply(x, json, ""), collapse = ", "), "}")
  else if (is.list(x))
    paste0("[", paste(vapply(x, json, ""), collapse = ",\n"), "]")
  else if (length(x) == 1 && is.null(attr(x, "many")))
    number(x)
  else
    paste0("[", paste(number(x), collapse = ", "), "]")
}
many <- function(x) structure(as.numeric(x), many = TRUE)

samples <- list(
  list(a = c(2.091, 2.087, 2.102, 2.095, 2.089), b = c(2.098, 2.093, 2.104, 2.105, 2.094)),
  list(a = c(3.1, 2.9, 3.4, 3.0, 3.3, 2.8, 3.6, 3.2), b = c(3.0, 3.0, 3.3, 2.7, 3.4, 2.9, 3.1, 3.2)),
  list(a = c(1.25, 1.5), b = c(1, 1.75)),
  list(a = c(0.1, 0.12, 0.11), b = c(0.5, 0.61, 0.55)),
  list(a = 10 + sin(1:40), b = 10 + cos((1:40)^2) / 2))

test <- function(t) list(mean = unname(if (length(t$estimate) == 2) t$estimate[1] - t$estimate[2] else t$estimate[1]),
  error = unname(t$stderr), t = unname(t$statistic), freedom = unname(t$parameter), p = t$p.value, interval = many(t$conf.int))

paired <- lapply(samples, function(s) c(list(a = many(s$a), b = many(s$b)),
  lapply(c(l90 = 0.9, l95 = 0.95, l99 = 0.99), function(l) test(t.test(s$a, s$b, paired = TRUE, conf.level = l)))))

welch <- lapply(samples, function(s) {
  b <- if (length(s$b) > 4) s$b[-1] else s$b
  c(list(a = many(s$a), b = many(b)), test(t.test(s$a, b)))
})

# Two one-sided tests, from their definition.
tost <- unlist(lapply(samples, function(s) lapply(c(0.5, 1, 3), function(k) {
  margin <- k * sd(s$a - s$b)
  list(a = many(s$a), b = many(s$b), margin = margin,
    above = t.test(s$a, s$b, paired = TRUE, mu = -margin, alternative = "greater")$p.value,
    below = t.test(s$a, s$b, paired = TRUE, mu = margin, alternative = "less")$p.value,
    interval = many(t.test(s$a, s$b, paired = TRUE, conf.level = 0.9)$conf.int))
})), recursive = FALSE)

holm <- lapply(list(0.03, c(0.01, 0.04, 0.03, 0.005), c(0.5, 0.5, 0.9), c(1e-12, 0.2, 0.2, 0.049, 0.013, 0.7), c(0.02, 0.02, 0.02)),
  function(p) list(p = many(p), adjusted = many(p.adjust(p, "holm"))))

power <- unlist(lapply(c(2, 3, 5, 8, 20, 100, 1000), function(n) lapply(c(0.05, 0.3, 1, 2.5, 6), function(d) lapply(c(0.001, 0.05, 0.2), function(a)
  list(n = n, d = d, alpha = a, power = power.t.test(n = n, delta = d, sd = 1, sig.level = a, type = "paired")$power)))), recursive = FALSE)
power <- unlist(power, recursive = FALSE)

seeds <- unlist(lapply(c(0.1, 0.4, 0.8, 1.5, 3), function(d) lapply(c(0.8, 0.9, 0.95), function(p)
  list(d = d, power = p, n = power.t.test(delta = d, sd = 1, power = p, type = "paired")$n))), recursive = FALSE)

smallest <- unlist(lapply(c(3, 5, 8, 30), function(n) lapply(c(0.5, 0.8, 0.95), function(p)
  list(n = n, power = p, d = power.t.test(n = n, sd = 0.004, power = p, type = "paired", tol = 1e-12)$delta))), recursive = FALSE)

# Chi-square interval of a standard deviation, from its definition.
noise <- lapply(samples, function(s) {
  n <- length(s$a)
  list(a = many(s$a), mean = mean(s$a), deviation = sd(s$a),
    interval = many(sqrt((n - 1) * var(s$a) / qchisq(c(0.975, 0.025), n - 1))))
})

# BCa of a mean from recorded replicates, by boot's boot.ci. No replicate equals the estimate.
set.seed(7)
bca <- lapply(list(exp(sin(1:12)) + 0.1 * sqrt(1:12), log(1:15) + 0.01 * (1:15)^2), function(x) {
  b <- boot::boot(x, function(d, i) mean(d[i]), R = 999)
  stopifnot(!any(b$t == b$t0))
  ends <- lapply(c(l90 = 0.9, l95 = 0.95, l99 = 0.99), function(l) many(boot::boot.ci(b, conf = l, type = "bca", L = x - mean(x))$bca[4:5]))
  c(list(x = many(x), replicates = many(b$t)), ends)
})

# The quantiles beneath: Student's t and chi-square at many degrees of freedom.
quantiles <- unlist(lapply(c(1, 2, 3, 4, 7, 9.37, 30, 250, 9999), function(f) lapply(c(0.5, 0.9, 0.95, 0.99, 0.999), function(l)
  list(freedom = f, level = l, t = qt(1 - (1 - l) / 2, f)))), recursive = FALSE)

# Scaling laws. Two more ladders: one of marin's published rungs, one of two points per rung with noise and a floor of 1.9.
ladders <- list(
  list(c = c(2.19e17, 1.70e18, 9.00e18, 2.83e19), l = c(3.8104, 3.4339, 3.1605, 3.0065), floor = 1.6, alpha = 0.0941),
  list(c = rep(10^(15:20), each = 2), l = 1.9 + 120 * rep(10^(15:20), each = 2)^-0.12 + 0.002 * sin(5 * (1:12)), floor = 1.9, alpha = 0.12))
at <- c(1e16, 3e18, 1e21, 1e23)
scaling <- lapply(ladders, function(d) {
  x <- log(d$c) - mean(log(d$c))
  u <- log(at) - mean(log(d$c))
  r2 <- function(fitted) 1 - sum((d$l - fitted)^2) / sum((d$l - mean(d$l))^2)
  ends <- function(m, floor) lapply(seq_along(at), function(i) many(floor + exp(m[i, ])))
  one <- lm(y ~ 0 + z, list(y = d$l - d$floor, z = exp(-d$alpha * x)))
  both <- lapply(c(band = "confidence", run = "prediction"), function(k) {
    m <- d$floor + predict(one, data.frame(z = exp(-d$alpha * u)), interval = k)
    lapply(seq_along(at), function(i) many(m[i, ]))
  })
  line <- lm(log(d$l - d$floor) ~ x)
  two <- lapply(c(band = "confidence", run = "prediction"), function(k) ends(predict(line, data.frame(x = u), interval = k), d$floor))
  curve <- nls(l ~ cbind(1, exp(-a * x)), data = list(l = d$l, x = x), start = list(a = d$alpha), algorithm = "plinear")
  # nls stops at five digits or so; its normal equation for a gives the others.
  given <- function(a) lm(d$l ~ exp(-a * x))
  slope <- function(a) sum(resid(given(a)) * x * exp(-a * x))
  a <- uniroot(slope, coef(curve)[["a"]] * c(0.999, 1.001), tol = 1e-15)$root
  stopifnot(abs(a / coef(curve)[["a"]] - 1) < 1e-5)
  p <- c(a = a, f = coef(given(a))[[1]], b = coef(given(a))[[2]])
  jacobian <- function(x) cbind(1, exp(-p[["a"]] * x), -x * p[["b"]] * exp(-p[["a"]] * x))
  part <- p[["b"]] * exp(-p[["a"]] * u)
  covariance <- sigma(curve)^2 * solve(crossprod(jacobian(x)))
  error <- sqrt(rowSums((jacobian(u) %*% covariance) * jacobian(u)))
  q <- qt(0.975, df.residual(curve))
  list(compute = many(d$c), losses = many(d$l), floor = d$floor, alpha = d$alpha, at = many(at),
    scale = c(list(scale = unname(coef(one) * exp(d$alpha * mean(log(d$c)))), r2 = r2(d$floor + fitted(one))), both),
    line = c(list(scale = unname(exp(coef(line)[1] - coef(line)[2] * mean(log(d$c)))), alpha = unname(-coef(line)[2]), r2 = r2(d$floor + exp(fitted(line)))), two),
    curve = list(floor = p[["f"]], scale = p[["b"]] * exp(p[["a"]] * mean(log(d$c))), alpha = p[["a"]], r2 = r2(fitted(curve)),
      losses = many(p[["f"]] + part), error = many(error), band = many(q * error), run = many(q * sqrt(error^2 + sigma(curve)^2))))
})

cat(sprintf("{\"version\": \"%s, boot %s\",\n", R.version.string, packageVersion("boot")))
parts <- list(paired = paired, welch = welch, tost = tost, holm = holm, power = power, seeds = seeds, smallest = smallest, noise = noise, bca = bca,
  quantiles = quantiles, scaling = scaling)
cat(paste0("\"", names(parts), "\": ", vapply(parts, json, ""), collapse = ",\n"), "}\n", sep = "")
