namespace MoELab.Cells.CSharp;

/// <summary>Names of types in C# syntax.</summary>
internal static class CSharpNames
{
    /// <summary>A type's name for readers, without namespaces.</summary>
    public static string Short(Type type) => type.IsArray ? Short(type.GetElementType()!) + "[]"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Short))}>" : type.Name;

    /// <summary>A visible type's full name, generic arguments and arrays included.</summary>
    public static string Of(Type type)
    {
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter)
            return type.Name;
        var arguments = new Queue<Type>(type.GetGenericArguments());
        var parts = new Stack<Type>();
        for (var t = type; t is not null; t = t.DeclaringType)
            parts.Push(t);
        var names = parts.Select(t =>
        {
            if (t.Name.Split('`') is not [var name, var count])
                return t.Name;
            var own = Enumerable.Range(0, int.Parse(count, CultureInfo.InvariantCulture)).Select(_ => Of(arguments.Dequeue()));
            return $"{name}<{string.Join(", ", own)}>";
        });
        return $"global::{(type.Namespace is { Length: > 0 } space ? space + "." : "")}{string.Join(".", names)}";
    }
}
