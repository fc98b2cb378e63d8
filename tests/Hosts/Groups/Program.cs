using MoELab.GroupHost;

// The time-out is as short as the tests need it, and long enough for four ranks on a core that is busy.
return args switch
{
    ["contract"] => Ranks.Contract(TimeSpan.FromMinutes(2)),
    ["failure", var which] => Ranks.Failure(which, TimeSpan.FromSeconds(5)),
    ["missing"] => Ranks.Missing(),
    ["speed", var check] => Ranks.Speed(check == "checked"),
    _ => throw new ArgumentException("contract | failure NAME | missing | speed checked|unchecked"),
};
