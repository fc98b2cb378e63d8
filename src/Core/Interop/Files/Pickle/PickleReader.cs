using System.Buffers.Binary;
using System.Numerics;

namespace MoELab.Interop.Files.Pickle;

/// <summary>
/// Reads the part of Python's pickle format that a state dict needs, into plain data. Python would look names up and call what the file asks
/// for; here a name and a call stay data, and a name that is not expected ends the reading.
/// </summary>
internal ref struct PickleReader
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private static readonly object MarkObject = new();

    private readonly string _path;
    private readonly Func<PickleGlobal, bool> _expected;
    private readonly Stack<object?> _stack = new();
    private readonly Dictionary<int, object?> _memo = [];
    private readonly int _length;
    private ReadOnlySpan<byte> _rest;

    private PickleReader(ReadOnlySpan<byte> pickle, string path, Func<PickleGlobal, bool> expected)
    {
        _rest = pickle;
        (_length, _path, _expected) = (pickle.Length, path, expected);
    }

    /// <summary>Reads one value: text, numbers, tuples as arrays, lists, and the types beside this one.</summary>
    /// <param name="pickle">The bytes; protocol 2 to 5.</param>
    /// <param name="path">The file that errors name.</param>
    /// <param name="expected">Whether the file may name a class or function.</param>
    /// <exception cref="InputException">The bytes are damaged, or name or need something else.</exception>
    public static object? Read(ReadOnlySpan<byte> pickle, string path, Func<PickleGlobal, bool> expected)
    {
        var reader = new PickleReader(pickle, path, expected);
        try
        {
            return reader.Run();
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or DecoderFallbackException or OverflowException)
        {
            throw reader.Damaged(e);
        }
    }

    private object? Run()
    {
        while (true)
        {
            var op = (PickleOp)Take(1)[0];
            if (op == PickleOp.Stop)
                return Pop();
            if (!Put(op) && !Constant(op))
                Change(op);
        }
    }

    /// <summary>Instructions that read or write the memo, or nothing.</summary>
    private bool Put(PickleOp op)
    {
        switch (op)
        {
            case PickleOp.Protocol:
                if (Take(1)[0] is var version and (< 2 or > 5))
                    throw new InputException($"{_path}: the pickle has protocol {version}; expected 2 to 5");
                return true;
            case PickleOp.Frame:
                Take(8);
                return true;
            case PickleOp.BinPut:
                _memo[Take(1)[0]] = Peek();
                return true;
            case PickleOp.LongBinPut:
                _memo[Int()] = Peek();
                return true;
            case PickleOp.Memoize:
                _memo[_memo.Count] = Peek();
                return true;
            default:
                return false;
        }
    }

    /// <summary>Instructions that only push a value.</summary>
    private bool Constant(PickleOp op)
    {
        switch (op)
        {
            case PickleOp.Mark: _stack.Push(MarkObject); break;
            case PickleOp.None: _stack.Push(null); break;
            case PickleOp.True: _stack.Push(true); break;
            case PickleOp.False: _stack.Push(false); break;
            case PickleOp.BinInt: _stack.Push((long)Int()); break;
            case PickleOp.BinInt1: _stack.Push((long)Take(1)[0]); break;
            case PickleOp.BinInt2: _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case PickleOp.Long1: _stack.Push((long)new BigInteger(Take(Take(1)[0]))); break;
            case PickleOp.BinFloat: _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case PickleOp.ShortBinUnicode: _stack.Push(Utf8.GetString(Take(Take(1)[0]))); break;
            case PickleOp.BinUnicode: _stack.Push(Utf8.GetString(Take(Int()))); break;
            case PickleOp.BinUnicode8: _stack.Push(Utf8.GetString(Take(BinaryPrimitives.ReadInt64LittleEndian(Take(8))))); break;
            case PickleOp.EmptyDictionary: _stack.Push(new PickleDictionary()); break;
            case PickleOp.EmptyList: _stack.Push(new List<object?>()); break;
            case PickleOp.EmptyTuple: _stack.Push(Array.Empty<object?>()); break;
            case PickleOp.BinGet: _stack.Push(Memo(Take(1)[0])); break;
            case PickleOp.LongBinGet: _stack.Push(Memo(Int())); break;
            case PickleOp.Global: _stack.Push(Global(Line(), Line())); break;
            default: return false;
        }
        return true;
    }

    /// <summary>Instructions that take values from the stack.</summary>
    private void Change(PickleOp op)
    {
        switch (op)
        {
            case PickleOp.Tuple: _stack.Push(Marked()); break;
            case PickleOp.Tuple1: _stack.Push(Popped(1)); break;
            case PickleOp.Tuple2: _stack.Push(Popped(2)); break;
            case PickleOp.Tuple3: _stack.Push(Popped(3)); break;
            case PickleOp.BinPersistentId: _stack.Push(new PicklePersistent(Pop())); break;
            case PickleOp.Append: Add(Popped(1)); break;
            case PickleOp.Appends: Add(Marked()); break;
            case PickleOp.SetItem: Set(Popped(2)); break;
            case PickleOp.SetItems: Set(Marked()); break;
            case PickleOp.StackGlobal:
                var names = Popped(2);
                _stack.Push(Global((string)names[0]!, (string)names[1]!));
                break;
            case PickleOp.Reduce:
                var arguments = (object?[])Pop()!;
                var function = (PickleGlobal)Pop()!;
                _stack.Push(function is { Module: "collections", Name: "OrderedDict" } && arguments.Length == 0
                    ? new PickleDictionary() : new PickleCall(function, arguments));
                break;
            case PickleOp.Build:
                // A module's state dict carries the versions of its modules in an attribute; no tensor depends on them.
                Pop();
                if (Peek() is not PickleDictionary)
                    throw Damaged();
                break;
            default:
                throw new InputException($"{_path}: byte {_length - _rest.Length - 1} of the pickle is the instruction 0x{(byte)op:x2}, "
                    + "which a state dict does not need; expected a file of torch.save(model.state_dict(), ...)");
        }
    }

    private readonly PickleGlobal Global(string module, string name)
    {
        var named = new PickleGlobal(module, name);
        return _expected(named) ? named
            : throw new InputException($"{_path}: the file names '{Shown(named.ToString())}', which a state dict of tensors does not need, "
                + "so nothing of it was read or run; expected a file of torch.save(model.state_dict(), ...)");
    }

    /// <summary>Text of a file for an error: one line of it, not too long.</summary>
    internal static string Shown(string text) =>
        new([.. text.Take(100).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c), .. text.Length > 100 ? "..." : ""]);

    private readonly void Add(object?[] values) => ((List<object?>)Peek()!).AddRange(values);

    private readonly void Set(object?[] values)
    {
        var entries = ((PickleDictionary)Peek()!).Entries;
        if (values.Length % 2 != 0)
            throw Damaged();
        for (var i = 0; i < values.Length; i += 2)
            entries.Add(KeyValuePair.Create(values[i], values[i + 1]));
    }

    private readonly object? Memo(int index) => _memo.TryGetValue(index, out var value) ? value : throw Damaged();

    private readonly object? Peek() => _stack.Peek() is var top && top != MarkObject ? top : throw Damaged();

    private readonly object? Pop() => _stack.Pop() is var top && top != MarkObject ? top : throw Damaged();

    private readonly object?[] Popped(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--)
            values[i] = Pop();
        return values;
    }

    private readonly object?[] Marked()
    {
        var values = new List<object?>();
        while (_stack.Pop() is var top && top != MarkObject)
            values.Add(top);
        values.Reverse();
        return [.. values];
    }

    private int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private string Line()
    {
        var end = _rest.IndexOf((byte)'\n');
        var line = Utf8.GetString(Take(end < 0 ? long.MaxValue : end));
        Take(1);
        return line;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _rest.Length)
            throw Damaged();
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private readonly InputException Damaged(Exception? cause = null)
    {
        var sentence = $"{_path}: the pickle that describes the tensors is damaged near byte {_length - _rest.Length} of {_length}";
        return cause is null ? new InputException(sentence) : new InputException(sentence, cause);
    }
}
