namespace MoELab.Parallel;

/// <summary>Where a split puts each rank.</summary>
internal sealed class RankPlaces
{
    private readonly (int Colour, int Key)[] _places;

    /// <exception cref="InputException">A colour below 0.</exception>
    public RankPlaces(int size, Func<int, (int Colour, int Key)> place)
    {
        _places = [.. Enumerable.Range(0, size).Select(place)];
        if (Array.FindIndex(_places, p => p.Colour < 0) is >= 0 and var rank)
            throw new InputException($"split: rank {rank} has colour {_places[rank].Colour}; colours begin at 0");
    }

    public IEnumerable<int> Colours => _places.Select(p => p.Colour).Distinct();

    public (int Colour, int Key) this[int rank] => _places[rank];

    /// <summary>Ranks of a colour, in the order that they have in their group.</summary>
    public int[] Members(int colour) => [.. Enumerable.Range(0, _places.Length).Where(r => _places[r].Colour == colour).OrderBy(r => _places[r].Key)];

    /// <summary>A number that tells two splits apart, the same in every process.</summary>
    public long Fingerprint()
    {
        var hash = 17L;
        foreach (var (colour, key) in _places)
            hash = unchecked((((hash * 1_000_003) + colour) * 1_000_003) + key);
        return hash & long.MaxValue;
    }
}
