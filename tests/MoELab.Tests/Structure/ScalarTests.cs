using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MoELab.Tests.Structure;

/// <summary>
/// Nothing in <c>src</c> lets TorchSharp make a <c>Scalar</c> for one call: the finalizer can free it while libtorch reads it
/// (<see cref="MoELab.Interop.Torch.Scalars"/>). The analyzer rejects most while you write; this reads all that TorchSharp does.
/// </summary>
public sealed class ScalarTests
{
    // What TorchSharp does not offer otherwise, or what makes no number from the arguments that we pass.
    private static readonly string[] Exceptions =
    [
        "softplus", // Takes no Scalars; NoisyTopK calls it in training only, within a FinalizerPause.
        "invoke",   // Converts numbers; Foreach passes Scalars instead, and the one that is returned is never passed on.
    ];

    private static readonly Lazy<HashSet<string>> Makers = new(FindMakers);

    [Fact]
    public void No_code_lets_TorchSharp_make_a_number_for_one_call()
    {
        var found = from call in Calls
                    where call.From.DeclaringType.FullName != "MoELab.Interop.Torch.Scalars" && Makers.Value.Contains(Name(call.To)) && !Exceptions.Contains(call.To.Name)
                    select $"{call.From.FullName} calls {call.To.FullName}";
        Assert.Empty(found.Distinct());
    }

    [Fact]
    public void A_number_for_some_calls_is_kept_in_a_variable()
    {
        var once = Calls.Where(c => c.To.DeclaringType.FullName == "MoELab.Interop.Torch.Scalars" && c.To.Name == "Once" && !c.From.DeclaringType.FullName.StartsWith("MoELab.Interop.Torch.Scalars", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(once);
        Assert.All(once, c => Assert.True(c.Next.OpCode.Code is Code.Stloc or Code.Stloc_S or Code.Stloc_0 or Code.Stloc_1 or Code.Stloc_2 or Code.Stloc_3,
            $"{c.From.FullName}: write 'using var name = Scalars.Once(...)'"));
    }

    [Theory]
    [InlineData("op_Addition", "TorchSharp.torch/Tensor,TorchSharp.torch/Tensor", true)]
    [InlineData("op_Multiply", "TorchSharp.torch/Tensor,System.Double", true)]
    [InlineData("square", "", true)]
    [InlineData("op_Multiply", "TorchSharp.torch/Tensor,TorchSharp.Scalar", false)]
    [InlineData("add", "TorchSharp.torch/Tensor,TorchSharp.Scalar", false)]
    [InlineData("pow", "TorchSharp.Scalar", false)]
    public void What_makes_numbers_is_found(string name, string parameters, bool makes) =>
        Assert.Equal(makes, Makers.Value.Contains($"TorchSharp.torch/Tensor TorchSharp.torch/Tensor::{name}({parameters})"));

    private static IEnumerable<(MethodDefinition From, MethodReference To, Instruction Next)> Calls =>
        CodeGraph.Assemblies.SelectMany(a => CallsOf(AssemblyDefinition.ReadAssembly(a.Location)));

    private static IEnumerable<(MethodDefinition From, MethodReference To, Instruction Next)> CallsOf(AssemblyDefinition assembly) =>
        from type in assembly.MainModule.GetTypes()
        from method in type.Methods
        where method.HasBody
        from instruction in method.Body.Instructions
        where instruction.Operand is MethodReference
        select (method, (MethodReference)instruction.Operand, instruction.Next);

    private static string Name(MethodReference method) => method.GetElementMethod().FullName;

    // From the constructor upwards: whoever calls what makes one makes one.
    private static HashSet<string> FindMakers()
    {
        var callers = CallsOf(AssemblyDefinition.ReadAssembly(typeof(Scalar).Assembly.Location)).ToLookup(c => Name(c.To), c => c.From.FullName);
        var found = new HashSet<string>();
        var open = new Queue<string>(["System.Void TorchSharp.Scalar::.ctor(System.IntPtr)"]);
        while (open.TryDequeue(out var callee))
        {
            foreach (var caller in callers[callee].Where(found.Add))
                open.Enqueue(caller);
        }
        return found;
    }
}
