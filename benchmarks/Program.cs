using MoELab.Benchmarks;
using MoELab.Benchmarks.PyTorch;
using MoELab.Plugins;
using MoELab.Recipes;

var sections = new Dictionary<string, Action<PluginCatalog>>
{
    ["components"] = _ => ForPresets(recipe => Components.Run(recipe, 15)),
    ["newton-schulz"] = _ => ForPresets(recipe => Orthogonalization.Run(recipe, 15)),
    ["sandbox"] = SandboxSpeed.Run,
    ["routing"] = catalog => ForPresets(recipe => RoutingShare.Run(recipe, catalog, 5)),
    ["packing"] = catalog => Packing.Run(Preset("lab-tiny"), catalog),
    ["utilisation"] = catalog => ForPresets(recipe => EndToEnd.Utilisation(recipe.Name, catalog)),
    ["short-run"] = _ => EndToEnd.ShortRun(),
    ["pytorch"] = catalog => AgainstPyTorch.Run(catalog, Preset),
    ["kernel-memory"] = _ => KernelMemory.Run(),
    ["board"] = _ => BoardView.Run(),
    ["memory"] = _ => EndToEnd.Memory(),
};

var unknown = args.FirstOrDefault(a => !sections.ContainsKey(a));
if (unknown is not null)
{
    Console.Error.WriteLine($"benchmarks: no section '{unknown}'; expected some of {string.Join(", ", sections.Keys)}, or none for all");
    return 2;
}
MoELab.Interop.Host.NativeAllocator.KeepPages();
using var catalog = PluginCatalog.Discover();
foreach (var name in args.Length > 0 ? args : [.. sections.Keys])
{
    if (Environment.GetEnvironmentVariable("MOELAB_KERNEL_MEMORY") is null)
        Console.WriteLine($"## {name}");
    sections[name](catalog);
}
return 0;

static void ForPresets(Action<Recipe> body)
{
    foreach (var name in (string[])["lab-tiny", "lab-small"])
        body(Preset(name));
}

static Recipe Preset(string name) => Presets.TryGet(name, out var recipe) ? recipe : throw new InvalidOperationException($"no preset {name}");
