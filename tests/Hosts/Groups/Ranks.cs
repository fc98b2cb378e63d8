using System.Diagnostics;
using MoELab.Parallel.Mpi;

namespace MoELab.GroupHost;

/// <summary>What a process under mpirun runs. Each line that it prints begins with its rank.</summary>
internal static class Ranks
{
    /// <summary>All cases of the contract, a line for each.</summary>
    public static int Contract(TimeSpan timeout)
    {
        MpiGroup.Run(world =>
        {
            foreach (var (name, run) in GroupCases.All)
            {
                using (torch.NewDisposeScope())
                    run(world);
                Say(world, $"{name}: ok");
            }
            // Open MPI installs handlers for signals, .NET needs its own.
            try
            {
                Say(world, $"{((string?)Nothing())!.Length}");
            }
            catch (NullReferenceException)
            {
                Say(world, "null references: ok");
            }
        }, timeout);
        return 0;
    }

    /// <summary>One of <see cref="GroupFailures"/>.</summary>
    public static int Failure(string which, TimeSpan timeout)
    {
        // Before the ranks begin to wait for one another: on a busy machine it takes seconds.
        torch.InitializeDeviceType(DeviceType.CPU);
        MpiGroup.Run(world => GroupFailures.All[which](world), timeout, check: !which.Contains("unchecked", StringComparison.Ordinal));
        return 0;
    }

    /// <summary>What a machine without Open MPI says.</summary>
    public static int Missing()
    {
        try
        {
            using var world = MpiGroup.Join();
            Console.WriteLine($"joined a job of {world.Size}");
        }
        catch (InputException e)
        {
            Console.WriteLine(e.Message);
        }
        return 0;
    }

    /// <summary>The median time of an all-reduce of some sizes.</summary>
    public static int Speed(bool check)
    {
        MpiGroup.Run(world =>
        {
            foreach (var (elements, calls) in new[] { (1, 2000), (10_000, 1000), (1_000_000, 50), (10_000_000, 10) })
            {
                using var values = torch.zeros(elements);
                var times = new List<double>();
                for (var call = 0; call < calls; call++)
                {
                    var begun = Stopwatch.GetTimestamp();
                    world.AllReduce(values, ReduceOp.Sum);
                    times.Add(Stopwatch.GetElapsedTime(begun).TotalMicroseconds);
                }
                if (world.Rank == 0)
                    Say(world, string.Create(CultureInfo.InvariantCulture, $"all-reduce of {elements} float32: {times.Order().ElementAt(calls / 2):0.0} us"));
            }
        }, check: check);
        return 0;
    }

    public static void Say(MpiGroup world, string line) => Console.WriteLine($"{world.Rank} {line}");

    private static object? Nothing() => null;
}
