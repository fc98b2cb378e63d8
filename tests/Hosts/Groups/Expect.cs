namespace MoELab.GroupHost;

/// <summary>What a case of the contract demands. A process under mpirun has no test framework.</summary>
public static class Expect
{
    /// <summary>The same bits.</summary>
    public static void Same(Tensor expected, Tensor actual, string what)
    {
        if (expected.dtype != actual.dtype || !expected.shape.SequenceEqual(actual.shape))
            throw new InvalidOperationException($"{what}: {actual.dtype} [{string.Join(", ", actual.shape)}] instead of {expected.dtype} [{string.Join(", ", expected.shape)}]");
        if (!expected.bytes.SequenceEqual(actual.bytes))
            throw new InvalidOperationException($"{what}: {Text(actual)} instead of {Text(expected)}");
    }

    public static void True(bool value, string what)
    {
        if (!value)
            throw new InvalidOperationException(what);
    }

    /// <summary>An exception whose sentence contains all of these.</summary>
    public static void Throws<T>(Action action, params string[] parts) where T : Exception
    {
        try
        {
            action();
        }
        catch (T e)
        {
            foreach (var part in parts)
                True(e.Message.Contains(part, StringComparison.Ordinal), $"'{e.Message}' does not say '{part}'");
            return;
        }
        throw new InvalidOperationException($"no {typeof(T).Name} that says {string.Join(", ", parts)}");
    }

    private static string Text(Tensor tensor)
    {
        var values = tensor.to(torch.ScalarType.Float64).contiguous().data<double>().ToArray();
        return string.Join(" ", values.Take(20).Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
    }
}
