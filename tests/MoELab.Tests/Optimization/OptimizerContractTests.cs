namespace MoELab.Tests.Optimization;

/// <summary>What every optimizer promises, run against every optimizer that the catalog finds.</summary>
public sealed class OptimizerContractTests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public static TheoryData<string> Optimizers => [.. OptimizerCase.Names];

    public static TheoryData<string> Decaying => [.. OptimizerCase.Names.Where(n => OptimizerCase.Has(n, "weight_decay"))];

    public static TheoryData<string> DecayingVectors => [.. OptimizerCase.Names.Where(n => OptimizerCase.Has(n, "decay_vectors"))];

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Every_optimizer_of_the_field_is_there() =>
        Assert.Superset(new HashSet<string> { "muon", "normuon", "muonh", "adamw", "adamh", "lion" }, OptimizerCase.Names.ToHashSet());

    [Theory, MemberData(nameof(Optimizers))]
    public void A_convex_quadratic_falls_at_every_step(string name)
    {
        using var c = new OptimizerCase(name, NoDecay(name));
        var goals = c.Parameters.ToDictionary(p => p.Name, p => torch.tensor(OptimizerCase.Normal(p.Name + " goal", p.Value.numel())).reshape(p.Value.shape) * 3);
        double Distance() => c.Parameters.Sum(p => (p.Value - goals[p.Name]).square().sum().item<float>());
        var before = Distance();
        for (var step = 0; step < 8; step++)
        {
            foreach (var parameter in c.Parameters)
                OptimizerCase.Gradient(parameter, (parameter.Value - goals[parameter.Name]).detach());
            c.Step(0.02);
            Assert.True(Distance() < before, $"step {step}: {before} -> {Distance()}");
            before = Distance();
        }
    }

    [Theory, MemberData(nameof(Optimizers))]
    [Trait("bug", "resume")]
    public void State_saved_and_loaded_continues_bit_for_bit(string name)
    {
        using var whole = new OptimizerCase(name);
        using var first = new OptimizerCase(name);
        for (var step = 0; step < 6; step++)
            Step(whole, step);
        for (var step = 0; step < 3; step++)
            Step(first, step);

        using var resumed = new OptimizerCase(name);
        using (torch.no_grad())
        {
            foreach (var (from, to) in first.Parameters.Zip(resumed.Parameters))
                to.Value.copy_(from.Value);
            Assert.Equal(first.State.Tensors.Keys, resumed.State.Tensors.Keys);
            foreach (var (key, tensor) in first.State.Tensors)
                resumed.State.Tensors[key].copy_(tensor);
        }
        resumed.State.Steps = first.State.Steps;
        for (var step = 3; step < 6; step++)
            Step(resumed, step);
        Assert.Equal(whole.AllValues(), resumed.AllValues());
        Assert.Equal(6, resumed.State.Steps);
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void Every_state_tensor_starts_at_zero_and_is_used(string name)
    {
        using var c = new OptimizerCase(name);
        Assert.All(c.State.Tensors.Values, t => Assert.All(OptimizerCase.Floats(t), v => Assert.Equal(0, v)));
        Assert.All(c.State.Tensors.Values, t => Assert.Equal(torch.ScalarType.Float32, t.dtype));
        Step(c, 0);
        Assert.All(c.State.Tensors, t => Assert.True(OptimizerCase.Floats(t.Value).Any(v => v != 0), t.Key));
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void A_parameter_without_a_gradient_stays_as_it_is(string name)
    {
        using var c = new OptimizerCase(name, Decay(name));
        var before = c.AllValues();
        c.Gradients(0, (p, g) => p.Name == "tall" ? null : g);
        c.Step(0.1);
        for (var i = 0; i < before.Length; i++)
            Assert.Equal(c.Parameters[i].Name == "tall", before[i].SequenceEqual(OptimizerCase.Floats(c.Parameters[i].Value)));
        Assert.All(c.State.Tensors.Where(t => t.Key.StartsWith("tall/", StringComparison.Ordinal)), t => Assert.All(OptimizerCase.Floats(t.Value), v => Assert.Equal(0, v)));
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void A_zero_gradient_moves_nothing_but_by_decay(string name)
    {
        using var c = new OptimizerCase(name, NoDecay(name));
        var before = c.AllValues();
        c.Gradients(0, (_, g) => torch.zeros_like(g));
        c.Step(0.1);
        Assert.Equal(before, c.AllValues());
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void Learning_rate_zero_moves_nothing(string name)
    {
        using var c = new OptimizerCase(name, Decay(name));
        var before = c.AllValues();
        for (var step = 0; step < 3; step++)
        {
            c.Gradients(step);
            c.Step(0);
        }
        Assert.Equal(before, c.AllValues());
    }

    [Theory, MemberData(nameof(Decaying))]
    public void Weight_decay_shrinks_by_learning_rate_times_decay_and_nothing_else(string name)
    {
        using var plain = new OptimizerCase(name, NoDecay(name));
        using var decayed = new OptimizerCase(name, new JsonObject { ["weight_decay"] = 0.5 });
        var before = plain.AllValues();
        foreach (var c in new[] { plain, decayed })
        {
            c.Gradients(0);
            c.Step(0.1);
        }
        for (var i = 0; i < before.Length; i++)
        {
            var (parameter, w, a) = (plain.Parameters[i], OptimizerCase.Floats(plain.Parameters[i].Value), OptimizerCase.Floats(decayed.Parameters[i].Value));
            var factor = parameter.IsMatrix ? 0.1 * 0.5 : 0;
            for (var j = 0; j < w.Length; j++)
                Assert.Equal(w[j] - (factor * before[i][j]), a[j], 2e-6);
        }
    }

    [Theory, MemberData(nameof(DecayingVectors))]
    public void Vectors_decay_when_asked(string name)
    {
        using var plain = new OptimizerCase(name, new JsonObject { ["weight_decay"] = 0.5 });
        using var decayed = new OptimizerCase(name, new JsonObject { ["weight_decay"] = 0.5, ["decay_vectors"] = true });
        foreach (var c in new[] { plain, decayed })
        {
            c.Gradients(0);
            c.Step(0.1);
        }
        Assert.NotEqual(plain.Values("gain"), decayed.Values("gain"));
        Assert.Equal(plain.Values("square"), decayed.Values("square"));
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void Equal_steps_give_equal_bits_in_any_order_of_parameters(string name)
    {
        using var one = new OptimizerCase(name);
        using var reversed = new OptimizerCase(name, null, [.. OptimizerCase.Kinds(OptimizerCase.MovesVectors(name)).Reverse()]);
        using var again = new OptimizerCase(name);
        foreach (var c in new[] { one, reversed, again })
        {
            for (var step = 0; step < 3; step++)
                Step(c, step);
        }
        Assert.Equal(one.AllValues(), again.AllValues());
        Assert.Equal(one.AllValues(), reversed.AllValues().Reverse());
    }

    [Theory, MemberData(nameof(Optimizers))]
    [Trait("bug", "newton-schulz-sharded")]
    public void The_gradient_of_one_expert_moves_no_other(string name)
    {
        foreach (var parameter in new[] { "experts.w13", "experts.w2" })
        {
            using var plain = new OptimizerCase(name);
            using var scaled = new OptimizerCase(name);
            for (var step = 0; step < 3; step++)
            {
                Step(plain, step);
                scaled.Gradients(step, (p, g) => p.Name == parameter ? Replace(g, 1, (g[1] * -50) + 2) : g);
                scaled.Step(0.02);
            }
            var (a, b) = (plain.Values(parameter), scaled.Values(parameter));
            var size = a.Length / 3;
            Assert.Equal(a[..size], b[..size]);
            Assert.NotEqual(a[size..(2 * size)], b[size..(2 * size)]);
            Assert.Equal(a[(2 * size)..], b[(2 * size)..]);
        }
    }

    [Theory, MemberData(nameof(Optimizers))]
    [Trait("bug", "newton-schulz-sharded")]
    public void Experts_step_alone_as_they_step_in_their_stack(string name)
    {
        using var stack = new OptimizerCase(name);
        for (var step = 0; step < 3; step++)
            Step(stack, step);
        for (var expert = 0; expert < 3; expert++)
        {
            foreach (var (parameter, splits) in new[] { ("experts.w13", 2), ("experts.w2", 1) })
            {
                var whole = OptimizerCase.New(parameter, ParameterRole.Experts, splits, [.. stack.Parameters.Single(p => p.Name == parameter).Value.shape]);
                var slice = whole.Value.detach().narrow(0, expert, 1).clone().requires_grad_(true);
                using var alone = new OptimizerCase(name, null, new Parameter(parameter, slice, ParameterRole.Experts) { MatrixSplits = splits });
                for (var step = 0; step < 3; step++)
                {
                    var gradient = torch.tensor(OptimizerCase.Normal($"{parameter} gradient {step}", whole.Value.numel())).reshape(whole.Value.shape) * 0.1;
                    OptimizerCase.Gradient(alone.Parameters[0], gradient.narrow(0, expert, 1));
                    alone.Step(0.02);
                }
                var size = (int)slice.numel();
                Assert.All(stack.Values(parameter)[(expert * size)..((expert + 1) * size)].Zip(alone.Values(parameter)), p => Assert.Equal(p.First, p.Second));
                whole.Value.Dispose();
            }
        }
    }

    [Theory, MemberData(nameof(Optimizers))]
    [Trait("bug", "newton-schulz-sharded")]
    public void Gate_and_up_step_as_two_matrices(string name)
    {
        using var fused = new OptimizerCase(name, null, OptimizerCase.New("w13", ParameterRole.Hidden, 2, 8, 6));
        var halves = Enumerable.Range(0, 2).Select(i => new Parameter($"half {i}", fused.Parameters[0].Value.detach().narrow(0, 4 * i, 4).clone().requires_grad_(true), ParameterRole.Hidden)).ToList();
        using var apart = new OptimizerCase(name, null, halves);
        for (var step = 0; step < 3; step++)
        {
            var gradient = torch.tensor(OptimizerCase.Normal($"gradient {step}", 48)).reshape(8, 6);
            OptimizerCase.Gradient(fused.Parameters[0], gradient);
            for (var i = 0; i < 2; i++)
                OptimizerCase.Gradient(halves[i], gradient.narrow(0, 4 * i, 4));
            fused.Step(0.02);
            apart.Step(0.02);
        }
        Assert.Equal(fused.Values("w13"), apart.Values("half 0").Concat(apart.Values("half 1")));
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void An_expert_that_got_no_token_stays_finite(string name)
    {
        using var c = new OptimizerCase(name);
        for (var step = 0; step < 4; step++)
        {
            c.Gradients(step, (p, g) => p.Role == ParameterRole.Experts ? Replace(g, 2, torch.zeros_like(g[2])) : g);
            c.Step(0.02);
        }
        Assert.DoesNotContain(c.AllValues().SelectMany(v => v), v => !float.IsFinite(v));
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void The_smallest_values_of_the_options_keep_weights_finite(string name)
    {
        var smallest = new JsonObject();
        foreach (var option in MoELab.Plugins.PluginCatalog.Discover().Find(MoELab.Plugins.PluginKind.Optimizer, name).Options.Where(o => o.Min is not null))
            smallest[option.Name] = option.Type == typeof(int) ? (int)option.Min! : option.Min;
        using var c = new OptimizerCase(name, smallest);
        for (var step = 0; step < 3; step++)
        {
            c.Gradients(step, (p, g) => p.Role == ParameterRole.Experts ? Replace(g, 2, torch.zeros_like(g[2])) : g);
            c.Step(0.02);
        }
        Assert.DoesNotContain(c.AllValues().SelectMany(v => v), v => !float.IsFinite(v));
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void A_step_leaves_nothing_behind(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var c = new OptimizerCase(name);
        c.Gradients(0);
        c.Step(0.1);
        var before = scope.DisposablesCount;
        c.Step(0.1);
        // A managed handle of a parameter's gradient is the parameter's own; a step may ask for it twice.
        Assert.InRange(scope.DisposablesCount - before, 0, 2 * c.Parameters.Count);
    }

    private static JsonObject NoDecay(string name) => OptimizerCase.Has(name, "weight_decay") ? new JsonObject { ["weight_decay"] = 0.0 } : [];

    private static JsonObject Decay(string name) => OptimizerCase.Has(name, "weight_decay") ? new JsonObject { ["weight_decay"] = 0.3 } : [];

    private static void Step(OptimizerCase c, int step)
    {
        c.Gradients(step);
        c.Step(0.02);
    }

    private static Tensor Replace(Tensor stack, int index, Tensor matrix)
    {
        var copy = stack.clone();
        copy[index] = matrix;
        return copy;
    }
}
