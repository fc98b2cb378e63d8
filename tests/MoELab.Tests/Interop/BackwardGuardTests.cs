using System.Runtime.InteropServices;
using MoELab.Interop.Torch;

namespace MoELab.Tests.Interop;

public sealed class BackwardGuardTests
{
    [Fact]
    public void An_exception_in_a_backward_pass_reaches_whoever_began_it()
    {
        using var scope = torch.NewDisposeScope();
        var (x, y) = (torch.ones(2, 3, requires_grad: true), torch.ones(3, requires_grad: true));
        var loss = (Failing.apply("text", x, y) * x).sum();
        Assert.Equal("no gradient today", Assert.Throws<InvalidDataException>(() => BackwardGuard.Run(() => loss.backward())).Message);
        Assert.Equal("no gradient today", Assert.Throws<InvalidDataException>(() => BackwardGuard.Run(() => torch.autograd.backward([Failing.apply("text", x.detach(), y)], [torch.ones(2, 3)]))).Message);
    }

    [Fact]
    public void Other_exceptions_pass_as_they_are()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.ones(2, requires_grad: true);
        Assert.Throws<ExternalException>(() => BackwardGuard.Run(() => x.backward()));
        BackwardGuard.Run(() => x.sum().backward());
        Assert.Equal(2, x.grad!.sum().item<float>());
    }

    private sealed class Failing : GuardedFunction<Failing>
    {
        public override string Name => nameof(Failing);

        protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars) => (Tensor)vars[1] + (Tensor)vars[2];

        protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output) => throw new InvalidDataException("no gradient today");
    }
}
