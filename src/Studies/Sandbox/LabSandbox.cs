namespace MoELab.Studies.Sandbox;

/// <summary>Adds the sandbox to the lab.</summary>
public static class LabSandbox
{
    extension(Lab lab)
    {
        /// <summary>Runs a routing sandbox with this lab's plugins: <c>lab.Sandbox(new() { Experts = 64 })</c>.</summary>
        /// <param name="options">What to do; null takes the defaults.</param>
        /// <param name="name">The name under which the result is saved in the lab's directory of runs; null saves nothing.</param>
        /// <param name="stop">Ends it between two steps.</param>
        /// <exception cref="InputException">An option is not valid, or a plugin is unknown or needs a model.</exception>
        public SandboxResult Sandbox(SandboxOptions? options = null, string? name = null, CancellationToken stop = default)
        {
            var result = RoutingSandbox.Run(options ?? new(), lab.Plugins, stop);
            if (name is not null)
                result.Save(lab.RunsDirectory, name);
            return result;
        }
    }
}
